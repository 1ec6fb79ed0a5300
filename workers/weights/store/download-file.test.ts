import { beforeEach, describe, expect, it } from 'vitest';

import { blobSource } from '../../checkpoint/bytes/byte-source.ts';
import { readSafetensorsTable } from '../../checkpoint/tensor-files/safetensors.ts';
import { PinwordError } from '../../errors.ts';
import { safetensorsFile } from '../../testing/hub-server/hub-fixture.ts';
import { present } from '../../testing/present.ts';
import { MemoryStorage } from '../../testing/storage/memory-storage.ts';
import { planMaterialize } from '../convert/materialize-plan.ts';
import { sha256, sha256OfText } from '../sources/hashes.ts';
import { downloadFile, isSameWork } from './download-file.ts';
import { readDurableJson, writeDurableJson } from './durable-json.ts';
import { freshRecord, type StoredFile, storedFileSchema } from './stored-file.ts';

const file: StoredFile = {
  version: 1,
  identity: 'hub:owner/name',
  modelName: 'name',
  licence: null,
  path: 'unet/model.safetensors',
  content: 'F16',
  validator: '"1"',
  sourceSha256: 'ab',
  sourceSize: 100,
  plan: 'cd',
  size: 50,
  complete: false,
  written: 10,
  blockBytes: 5,
  blocks: [],
  sourceHash: null,
  digest: null,
  lastUsed: 0,
  checked: 0,
};
const unhashed = { sourceSha256: null };

it.each<readonly [string, Partial<StoredFile>, Partial<StoredFile>, boolean]>([
  ['of the same hash', {}, { validator: '"2"' }, true],
  ['of another hash', {}, { sourceSha256: 'ef' }, false],
  ['of the same validator, where only what is stored has a hash', {}, unhashed, true],
  ['of the same validator, where only what is found has a hash', unhashed, {}, true],
  ['of another validator, where only what is stored has a hash', {}, { ...unhashed, validator: '"2"' }, false],
  ['of another validator, where only what is found has a hash', unhashed, { validator: '"2"' }, false],
  [
    'that lacks an end, and nothing tells its version',
    { ...unhashed, validator: null },
    { ...unhashed, validator: null },
    false,
  ],
  [
    'that is whole, and nothing tells its version',
    { ...unhashed, validator: null, complete: true },
    { ...unhashed, validator: null },
    true,
  ],
  ['of another plan', {}, { plan: 'ef' }, false],
  ['of another type', {}, { content: 'F32' }, false],
  ['of other blocks', {}, { blockBytes: 6 }, false],
  ['of another size', {}, { sourceSize: 101 }, false],
])('a stored file %s', (_, stored, fresh, same) => {
  expect(isSameWork({ ...file, ...stored }, { ...file, ...fresh })).toBe(same);
});

describe('a download', () => {
  const blockBytes = 64;
  const shapes = { a: [200], b: [100] };
  const served = safetensorsFile('F32', shapes);
  const expected = safetensorsFile('F16', shapes);
  const headerBytes = expected.length - 2 * 300;
  let storage = new MemoryStorage();
  beforeEach(() => {
    storage = new MemoryStorage();
  });

  interface Host {
    readonly bytes?: Uint8Array<ArrayBuffer>;
    /** Source bytes before the connection breaks. */
    readonly breaksAfter?: number;
    readonly published?: boolean;
    readonly acceptsRanges?: boolean;
    readonly signal?: AbortSignal;
  }

  /** Downloads from such a host. @returns the record, where in the file it was asked from, and what was told of progress */
  async function download({
    bytes = served,
    breaksAfter = Infinity,
    published = true,
    acceptsRanges = true,
    signal,
  }: Host = {}) {
    const asked: number[] = [];
    const progress: (readonly [number, number])[] = [];
    const source = {
      name: 'unet/model.safetensors',
      size: served.length,
      validator: '"1"',
      sha256: published ? await sha256(served) : null,
      acceptsRanges,
      read: (offset: number, length: number) => Promise.resolve(bytes.slice(offset, offset + length)),
      stream: async function* (offset: number, length: number) {
        asked.push(offset);
        for (let at = offset; at < offset + length; at += 48) {
          if (at - offset >= breaksAfter) throw new PinwordError('network', 'gone');
          yield await Promise.resolve(bytes.slice(at, Math.min(at + 48, offset + length)));
        }
      },
    };
    const table = await readSafetensorsTable(blobSource('served', new Blob([served])));
    const plan = planMaterialize(table, [{ name: 'a' }, { name: 'b' }], 'F16', {
      sourceSize: served.length,
      preferWhole: published,
      acceptsRanges,
    });
    const fresh = freshRecord({ identity: 'url:x', name: 'x', licence: null }, source, {
      content: 'F16',
      plan: 'plan',
      size: plan.size,
      blockBytes,
      lastUsed: 7,
    });
    const onProgress = (done: number, total: number) => void progress.push([done, total]);
    const outcome: unknown = await downloadFile({
      folder: storage,
      id: 'id',
      source,
      plan,
      fresh,
      signal,
      onProgress,
    }).catch((thrown: unknown) => thrown);
    return { asked, progress, outcome };
  }

  const record = () => readDurableJson(storage, 'id', storedFileSchema);
  const written = async () => new Uint8Array(await present(await storage.blob('id.data')).arrayBuffer());
  const blockHashes = (bytes: Uint8Array<ArrayBuffer>): Promise<string[]> =>
    Promise.all(
      Array.from({ length: Math.ceil(bytes.length / blockBytes) }, (_, i) =>
        sha256(bytes.slice(i * blockBytes, (i + 1) * blockBytes)),
      ),
    );

  it('is recorded with the hash of every block, and one of them all', async () => {
    const { outcome, progress } = await download();
    const blocks = await blockHashes(expected);
    const whole = { complete: true, written: expected.length, blocks, digest: await sha256OfText(blocks.join()) };
    expect(outcome).toMatchObject({ ...whole, sourceHash: null, checked: 7, lastUsed: 7 });
    expect(await record()).toEqual(outcome);
    expect(await written()).toEqual(expected);
    expect(progress[0]).toEqual([48, served.length]);
    expect(progress.at(-1)).toEqual([served.length, served.length]);
  });

  it.each([true, false])('goes on after the last whole block (hash published: %s)', async (published) => {
    const { outcome } = await download({ published, breaksAfter: 700 });
    expect(outcome).toMatchObject({ code: 'network' });
    const part = present(await record());
    expect(part.written % blockBytes).toBe(0);
    expect(part.sourceHash === null).toBe(!published);
    expect(part).toMatchObject({
      complete: false,
      blocks: (await blockHashes(expected)).slice(0, part.written / blockBytes),
    });
    const { asked, progress } = await download({ published });
    const from = served.length - 4 * 300 + 2 * (part.written - headerBytes);
    expect(asked).toEqual([from]);
    const start = published ? 0 : served.length - 4 * 300;
    expect(progress[0]).toEqual([from - start + 48, served.length - start]);
    expect(progress.at(-1)).toEqual([served.length - start, served.length - start]);
    expect(await written()).toEqual(expected);
    expect(await record()).toMatchObject({
      complete: true,
      digest: await sha256OfText((await blockHashes(expected)).join()),
    });
  });

  it('begins again where the disk holds less than the record says', async () => {
    await download({ breaksAfter: 700 });
    await storage.remove('id.data');
    expect((await download()).asked).toEqual([0]);
    expect(await written()).toEqual(expected);
    const whole = present(await record());
    await storage.remove('id.data');
    expect((await download({ published: false })).asked).not.toEqual([]);
    expect(await written()).toEqual(expected);
    expect(await record()).toMatchObject({ blocks: whole.blocks });
  });

  it('begins again where the state of the published hash cannot be gone on with, so that wrong bytes are found', async () => {
    const wrong = served.slice();
    wrong[served.length - 4 * 299] = 9;
    for (const sourceHash of [null, 'of another version']) {
      await download({ bytes: wrong, breaksAfter: 700 });
      await writeDurableJson(storage, 'id', { ...present(await record()), sourceHash });
      const { asked } = await download();
      expect(asked).toEqual([0]);
      expect(await written()).toEqual(expected);
      storage = new MemoryStorage();
    }
  });

  it('ends for a person who stops, with what was written', async () => {
    expect((await download({ signal: AbortSignal.abort() })).outcome).toMatchObject({ code: 'cancelled' });
    expect(await record()).toMatchObject({ complete: false });
  });

  it('that goes on is checked by the hash that was published when it began', async () => {
    const wrong = served.slice();
    wrong[served.length - 4 * 299] = 9;
    await download({ bytes: wrong, breaksAfter: 700 });
    expect((await download({ published: false })).outcome).toMatchObject({ code: 'hash-mismatch' });
    expect(await record()).toBeNull();
  });

  it('begins again on a host that sends every file from its start', async () => {
    await download({ published: false, acceptsRanges: false, breaksAfter: 700 });
    expect((await download({ published: false, acceptsRanges: false })).asked).toEqual([served.length - 4 * 300]);
    expect(await written()).toEqual(expected);
  });

  it('of a damaged file is not whole until it has ended, and must give what was recorded', async () => {
    await download({ published: false });
    const whole = present(await record());
    const damaged = { ...whole, complete: false, written: 2 * blockBytes, blocks: whole.blocks.slice(0, 2) };
    await writeDurableJson(storage, 'id', { ...damaged, complete: true });
    expect((await download({ published: false, breaksAfter: 0 })).outcome).toMatchObject({ code: 'network' });
    expect(await record()).toEqual(damaged);
    const other = served.slice();
    other[served.length - 1] = 9;
    expect((await download({ published: false, bytes: other })).outcome).toMatchObject({ code: 'hash-mismatch' });
    expect(await record()).toBeNull();
    expect(await written()).toHaveLength(0);
  });

  it('of what no weight may be keeps nothing', async () => {
    const infinite = safetensorsFile('F32', shapes, (i) => (i === 150 ? Infinity : 1));
    expect((await download({ bytes: infinite, published: false })).outcome).toMatchObject({ code: 'nan-weight' });
    expect(await record()).toBeNull();
    expect(await written()).toHaveLength(0);
  });
});
