import { openAsBlob } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { blobSource, type ByteSource } from '../../checkpoint/bytes/byte-source.ts';
import { modelFileKind } from '../../checkpoint/kinds/file-kind.ts';
import { parseJson } from '../../checkpoint/json/json-file.ts';
import { readProjectorFile } from '../../checkpoint/kinds/projector-files.ts';
import { writeSafetensorsHeader } from '../../checkpoint/tensor-files/safetensors-writer.ts';
import { readTextualInversion } from '../../checkpoint/kinds/textual-inversion.ts';
import { pictureFiles } from '../../picture-files.ts';
import { safetensorsFile } from '../../testing/hub-server/hub-fixture.ts';
import { findComponent } from './component-files.ts';
import { openFolder } from './folder-source.ts';
import { readText } from './source-files.ts';

const size = 2 ** 31 + 4096;
let folder: string;
let bytesRead = 0;

/** A file of 2 GB that takes no room on the disk: these bytes, then zeros. */
async function sparse(name: string, start: Uint8Array = new Uint8Array(), bytes = size): Promise<Blob> {
  const path = join(folder, name);
  const handle = await open(path, 'w');
  await handle.write(start);
  await handle.truncate(bytes);
  await handle.close();
  return counted(await openAsBlob(path));
}

/** The same Blob, which counts what is read of it. */
function counted(blob: Blob): Blob {
  const slice = blob.slice.bind(blob);
  return Object.assign(blob, {
    slice: (start?: number, end?: number) => counted(slice(start, end)),
    arrayBuffer: async () => {
      bytesRead += blob.size;
      if (bytesRead > 100e6) throw new Error(`${bytesRead} bytes were read`);
      return new Response(blob.stream()).arrayBuffer();
    },
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sparse-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs a task. @returns the bytes that it read */
async function bytesOf(task: () => Promise<unknown>): Promise<number> {
  bytesRead = 0;
  await task();
  return bytesRead;
}

describe('a file of 2 GB is not read whole', () => {
  const torchZip = Uint8Array.of(0x50, 0x4b, 3, 4);
  const pickle = Uint8Array.of(0x80, 2, 0x8a, 10);
  const png = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52, 0, 0, 1, 0);

  it.each([
    ['zeros', new Uint8Array()],
    ['a ZIP', torchZip],
    ['a pickle', pickle],
    ['a header of its own length', new Uint8Array(new BigUint64Array([BigInt(size - 8)]).buffer)],
  ])('as a file of weights: %s', async (name, start) => {
    const source = blobSource('model.ckpt', await sparse(name, start));
    const code = expect.stringMatching(/^bad-/) as string;
    for (const read of [
      modelFileKind,
      readProjectorFile,
      (file: ByteSource) => readTextualInversion(file, null),
    ] as const)
      expect(await bytesOf(() => expect(read(source)).rejects.toMatchObject({ code }))).toBeLessThan(4e6);
  });

  it('as a picture, and as a picture with settings', async () => {
    const picture = await sparse('photo.png', png);
    for (const read of [pictureFiles.inspectImage, pictureFiles.readPngText])
      expect(
        await bytesOf(async () => {
          expect(await read(picture)).toMatchObject({ ok: false, error: { code: 'image-too-large' } });
        }),
      ).toBe(0);
  });

  it('as config, list of merges and model card of a folder', async () => {
    const file = await sparse('text');
    const paths = ['unet/config.json', 'tokenizer/merges.txt', 'README.md', 'model_index.json'];
    const files = openFolder(
      'm',
      paths.map((path) => ({ path, file })),
    );
    const read = await bytesOf(async () => {
      const config = await files.find('unet/config.json');
      await expect(parseJson(config ?? blobSource('', new Blob()))).rejects.toMatchObject({ code: 'bad-json' });
      await expect(readText(files, 'tokenizer/merges.txt')).rejects.toMatchObject({ code: 'not-a-model-file' });
      expect(await files.licence()).toBeNull();
    });
    expect(read).toBeLessThan(1e5);
  });

  it('as weights whose header is sound: only the header is read', async () => {
    const { header, size: bytes } = writeSafetensorsHeader([{ name: 'a', dtype: 'F16', shape: [2 ** 15, 2 ** 15] }]);
    const file = await sparse('unet', header, bytes);
    const files = openFolder('m', [
      { path: 'unet/config.json', file: new Blob(['{}']) },
      { path: 'unet/diffusion_pytorch_model.safetensors', file },
    ]);
    expect(await bytesOf(() => findComponent(files, 'unet'))).toBeLessThan(1e5);
  });
});

describe('a folder with 500 files beside a model', () => {
  it('reads the model’s and no other', async () => {
    const untouchable = (): Blob =>
      Object.assign(new Blob(['x'.repeat(64)]), {
        slice: () => {
          throw new Error('read');
        },
      });
    const others = Array.from({ length: 500 }, (_, i) => ({ path: `photos/${i}/image.png`, file: untouchable() }));
    const files = openFolder('m', [
      ...others,
      { path: 'model_index.json', file: new Blob(['{}']) },
      { path: 'unet/config.json', file: new Blob(['{}']) },
      { path: 'unet/diffusion_pytorch_model.safetensors', file: new Blob([safetensorsFile('F16', { a: [4] })]) },
    ]);
    const found = await findComponent(files, 'unet');
    expect([...(found?.table.keys() ?? [])]).toEqual(['a']);
  });
});
