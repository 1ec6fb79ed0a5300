import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { blobSource } from '../../checkpoint/bytes/byte-source.ts';
import { evilPickle } from '../../testing/files/torch-writer.ts';
import { safetensorsFile } from '../../testing/hub-server/hub-fixture.ts';
import { codeOf, noWait, readAll, serveModel, torch, torchWeights } from '../../testing/hub-server/served-model.ts';
import { present } from '../../testing/present.ts';
import { findComponent } from './component-files.ts';
import { openFolder } from './folder-source.ts';
import { openHub } from './hub-source.ts';
import type { SourceFiles } from './source-files.ts';
import { readWeightFile } from './weight-file.ts';

const hub = await serveModel();
afterAll(() => hub[Symbol.asyncDispose]());
beforeEach(() => {
  hub.server.setFaults([]);
});

const openFromHub = () => openHub(hub.location, noWait);
const missing = (): never => {
  throw new Error('missing');
};

describe('the files of a component', () => {
  const file = safetensorsFile('F16', { a: [2] });
  const folderOf = (files: ReadonlyMap<string, BlobPart>): SourceFiles =>
    openFolder(
      'm',
      [...files].map(([path, part]) => ({ path, file: new Blob([part]) })),
    );

  it('are the float16 ones where there are both', async () => {
    const files = folderOf(
      new Map<string, BlobPart>([
        ['text_encoder/config.json', '{}'],
        ['text_encoder/model.safetensors', file],
        ['text_encoder/model.fp16.safetensors', file],
      ]),
    );
    expect(present(await findComponent(files, 'text_encoder')).weights.name).toBe(
      'text_encoder/model.fp16.safetensors',
    );
  });

  it('reads shards as one file', async () => {
    const second = safetensorsFile('F16', { b: [3] }, (i) => i + 5);
    const index = '{"weight_map":{"a":"model-00001-of-00002.safetensors","b":"model-00002-of-00002.safetensors"}}';
    const files = folderOf(
      new Map<string, BlobPart>([
        ['vae/config.json', '{}'],
        ['vae/model.safetensors.index.json', index],
        ['vae/model-00001-of-00002.safetensors', file],
        ['vae/model-00002-of-00002.safetensors', second],
      ]),
    );
    const { weights: shards, table } = present(await findComponent(files, 'vae'));
    const info = table.get('b');
    expect(await shards.read(info?.offset ?? 0, info?.length ?? 0)).toEqual(second.slice(-6));
    expect(await readAll(shards)).toEqual(new Uint8Array([...file, ...second]));
  });

  it('refuses an index that leads out of the folder', async () => {
    const files = folderOf(
      new Map<string, BlobPart>([
        ['vae/config.json', '{}'],
        ['vae/model.safetensors.index.json', '{"weight_map":{"a":"../x.safetensors"}}'],
      ]),
    );
    expect(await codeOf(findComponent(files, 'vae'))).toBe('bad-json');
  });

  it("reads torch's own format by its ends and by the ranges of its tensors", async () => {
    const files = await openFromHub();
    const { weights: file, table } = (await findComponent(files, 'vae')) ?? missing();
    const { offset, length } = table.get('conv.weight') ?? missing();
    expect(Buffer.compare(await file.read(offset, length), torchWeights.subarray(-length))).toBe(0);
  });

  it("refuses torch's own format where the host sends files only as a whole", async () => {
    const whole = { ...blobSource('unet/diffusion_pytorch_model.bin', new Blob([torch])), acceptsRanges: false };
    await expect(readWeightFile(whole)).rejects.toMatchObject({
      code: 'bad-pickle',
      message: expect.stringMatching(/only as a whole.*your disk/) as string,
    });
  });

  it('says of weights that are no data what they would run', async () => {
    const files = openFolder('m', [
      { path: 'vae/config.json', file: new Blob(['{}']) },
      { path: 'vae/diffusion_pytorch_model.bin', file: new Blob([evilPickle]) },
    ]);
    await expect(findComponent(files, 'vae')).rejects.toThrow(/posix\.system.*never run/);
  });

  it('gives null for a component that the checkpoint does not have', async () => {
    expect(await findComponent(await openFromHub(), 'projector')).toBeNull();
  });
});
