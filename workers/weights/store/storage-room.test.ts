import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { bytesOf, codeOf, expected, requestOf, StoredWeights } from '../../testing/storage/stored-weights.ts';
import { PinwordError } from '../../errors.ts';
import { MemoryEnvironment, MemoryStorage } from '../../testing/storage/memory-storage.ts';
import { replaceFile } from './durable-json.ts';
import { ensureRoom, missingBytes, unlessFull } from './storage-room.ts';
import { evictModel, listModels } from './stored-models.ts';

const stored = await StoredWeights.open();
afterAll(() => stored.hub[Symbol.asyncDispose]());
beforeEach(() => {
  stored.reset();
});

describe('room', () => {
  it('is checked before a download begins, with numbers and what could be removed', async () => {
    await stored.bring();
    stored.platform.quota = 50_000_000;
    stored.platform.usage = 49_000_000;
    await expect(stored.bring(undefined, { dtype: 'F32' })).rejects.toThrow(
      /needs [\d.]+ [KM]B, but the browser has 1\.0 MB left .* someone\/model \([\d.]+ KB\)/,
    );
  });

  it('is checked for all files of a model together before the first of them is downloaded', async () => {
    const files = await stored.fromHub();
    const owner = { identity: files.identity, name: 'someone/model', licence: null };
    const requests = await Promise.all([requestOf(files), requestOf(files, 'vae')]);
    const sizes = requests.map(({ source }) => source.size);
    const margin = 16 * 1024 * 1024;
    stored.platform.quota = margin + Math.max(...sizes) + 1000;
    await expect(stored.newStore().ensureRoom(requests.map((request) => ({ owner, request })))).rejects.toMatchObject({
      code: 'storage-quota',
    });
    expect(stored.ranges()).toEqual([]);
    stored.platform.quota = margin + sizes.reduce((sum, size) => sum + size, 0) + 1000;
    await stored.newStore().ensureRoom(requests.map((request) => ({ owner, request })));
    // What is there already needs no room.
    await stored.newStore().load(owner, requests[0]);
    stored.platform.quota = margin + (sizes[1] ?? 0) + 1000;
    await stored.newStore().ensureRoom(requests.map((request) => ({ owner, request })));
    stored.platform.quota = 0;
    await stored.newStore().ensureRoom(requests.slice(0, 1).map((request) => ({ owner, request })));
  });

  it('is needed for a merged copy too', async () => {
    const files = await stored.fromHub();
    const owner = { identity: files.identity, name: 'someone/model', licence: null };
    const transform = {
      touches: (name: string) => name === 'a.weight',
      apply: (_: string, __: readonly number[], values: Float32Array<ArrayBuffer>) => values,
    };
    const request = await requestOf(files);
    stored.platform.quota = 16 * 1024 * 1024 + 1.5 * request.source.size;
    await stored.newStore().ensureRoom([{ owner, request }]);
    await expect(stored.newStore().ensureRoom([{ owner, request: { ...request, transform } }])).rejects.toMatchObject({
      code: 'storage-quota',
    });
  });

  it('that runs out on the way leaves a part that can be gone on with', async () => {
    stored.storage.capacity = 400_000;
    expect(await codeOf(stored.bring())).toBe('storage-quota');
    stored.storage.capacity = Infinity;
    stored.hub.server.setFaults([]);
    expect(Buffer.compare(await bytesOf(await stored.bring()), expected)).toBe(0);
    expect(Number(/bytes=(\d+)-/.exec(stored.ranges()[0] ?? '')?.[1])).toBeGreaterThan(300_000);
  });

  it('comes back when a model is removed', async () => {
    await stored.bring();
    await evictModel(stored.storage, stored.platform, (await listModels(stored.storage))[0]?.id ?? '');
    expect(stored.storage.usage()).toBe(0);
    expect(await stored.storage.list()).toEqual([]);
  });
});

describe('what is free', () => {
  const margin = 16 * 1024 * 1024;
  const platform = (quota: number, usage = 0) => Object.assign(new MemoryEnvironment(), { quota, usage });
  const ensure = (bytes: number, of: MemoryEnvironment) => ensureRoom(new MemoryStorage(), of, 'w', bytes);

  it('must be what is needed and a margin', async () => {
    await ensure(1000, platform(margin + 1500, 500));
    await expect(ensure(1000, platform(margin + 1499, 500))).rejects.toMatchObject({ code: 'storage-quota' });
    await expect(ensure(2e9, platform(1000, 3000))).rejects.toMatchObject({
      code: 'storage-quota',
      message: expect.stringMatching(
        /^Storing w needs 2\.0 GB, but the browser has 0 B left .* Free disk space/u,
      ) as string,
    });
  });

  it('does not count where nothing is needed, or the browser does not tell', async () => {
    await ensure(0, platform(0));
    await ensure(1e12, Object.assign(new MemoryEnvironment(), { estimate: () => Promise.resolve(null) }));
  });

  it('is needed for what is not there yet', async () => {
    const storage = new MemoryStorage();
    expect(await missingBytes(storage, 'id', 10)).toBe(10);
    await replaceFile(storage, 'id.data', new Uint8Array(4));
    expect(await missingBytes(storage, 'id', 10)).toBe(6);
    expect(await missingBytes(storage, 'id', 3)).toBe(0);
  });
});

it('only for want of room is a record done without', async () => {
  await unlessFull(Promise.resolve());
  await unlessFull(Promise.reject(new PinwordError('storage-quota', '')));
  const busy = new PinwordError('storage-busy', '');
  await expect(unlessFull(Promise.reject(busy))).rejects.toBe(busy);
  await expect(unlessFull(Promise.reject(new TypeError()))).rejects.toThrow(TypeError);
});
