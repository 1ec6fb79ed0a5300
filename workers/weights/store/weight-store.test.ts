import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { blobSource } from '../../checkpoint/bytes/byte-source.ts';
import { bytesOf, codeOf, expected, path, requestOf, StoredWeights } from '../../testing/storage/stored-weights.ts';
import { evictModel, listModels, verifyModel } from './stored-models.ts';

const stored = await StoredWeights.open();
afterAll(() => stored.hub[Symbol.asyncDispose]());
beforeEach(() => {
  stored.reset();
});

describe('a stored file', () => {
  it('is the converted source, and is not downloaded again', async () => {
    expect(Buffer.compare(await bytesOf(await stored.bring()), expected)).toBe(0);
    stored.hub.server.setFaults([]);
    const again = await stored.bring();
    expect(Buffer.compare(await bytesOf(again), expected)).toBe(0);
    expect(stored.ranges()).toEqual([]);
  });

  it('holds only the wanted tensors, fetched by their range', async () => {
    const files = await stored.fromHub();
    const owner = { identity: 'x', name: 'x', licence: null };
    const local = await stored.newStore().load(owner, await requestOf(files, 'vae', ['decoder.w']));
    expect([...local.table.keys()]).toEqual(['decoder.w']);
    expect(local.blob.size).toBeLessThan(101_000);
    expect(stored.ranges()).toHaveLength(1);
  });

  it('is kept apart by element type', async () => {
    await stored.bring();
    const wide = await stored.bring(undefined, { dtype: 'F32' });
    expect(wide.blob.size).toBeGreaterThan(1.9 * expected.length);
    expect((await listModels(stored.storage))[0]?.files.map(({ precision }) => precision).sort()).toEqual([
      'f16',
      'f32',
    ]);
  });

  it('is found again without the network, and only where it is complete', async () => {
    const files = await stored.fromHub();
    const owner = { identity: files.identity, name: files.name, licence: null };
    const request = await requestOf(files);
    expect(await stored.newStore().find(owner, request)).toBeNull();
    stored.hub.server.setFaults([{ kind: 'cut', at: 300_000, path }]);
    expect(await codeOf(stored.newStore().load(owner, request))).toBe('download-incomplete');
    expect(await stored.newStore().find(owner, request)).toBeNull();
    stored.hub.server.setFaults([]);
    await stored.newStore().load(owner, request);
    stored.hub.server.setFaults([{ kind: 'drop', path }]);
    const found = await stored.newStore().find(owner, request);
    expect(found === null ? null : Buffer.compare(await bytesOf(found), expected)).toBe(0);
  });

  it('stays as it is when a transform is merged in', async () => {
    const transform = {
      touches: (name: string) => name === 'a.bias',
      apply: (_: string, __: readonly number[], values: Float32Array<ArrayBuffer>) => values.fill(3),
    };
    const merged = await stored.bring(undefined, { transform });
    const { offset } = merged.table.get('a.bias') ?? { offset: 0 };
    expect(await blobSource('', merged.blob).read(offset, 2)).toEqual(new Uint8Array([0, 0x42]));
    const [temporary = ''] = (await stored.storage.list()).filter((name) => name.startsWith('temporary-'));
    expect((await stored.storage.blob(temporary))?.size).toBeLessThan(expected.length / 2);
    const plain = await stored.bring();
    const [before, after] = [plain.table.get('a.weight'), merged.table.get('a.weight')];
    expect(await blobSource('', merged.blob).read(after?.offset ?? 0, 64)).toEqual(
      await blobSource('', plain.blob).read(before?.offset ?? 1, 64),
    );
    expect(Buffer.compare(await bytesOf(await stored.bring()), expected)).toBe(0);
    expect((await stored.storage.list()).filter((name) => name.startsWith('temporary-'))).toHaveLength(1);
    stored.platform.releaseLocks();
    await stored.newStore().temporary.removeAbandoned();
    expect((await stored.storage.list()).filter((name) => name.startsWith('temporary-'))).toEqual([]);
  });
});

describe('wrong bytes', () => {
  it('of the right length are found by the published hash, and nothing of them is kept', async () => {
    stored.hub.server.setFaults([{ kind: 'wrong-byte', at: 400_001, path }]);
    expect(await codeOf(stored.bring())).toBe('hash-mismatch');
    expect(await listModels(stored.storage)).toEqual([]);
    expect(stored.storage.usage()).toBe(0);
  });

  it('on disk are found in a file of which only a part was fetched, by the hash recorded then', async () => {
    const files = await stored.fromHub();
    const owner = { identity: files.identity, name: files.name, licence: null };
    const request = await requestOf(files, 'vae', ['decoder.w']);
    const whole = await bytesOf(await stored.newStore().load(owner, request));
    const data = (await stored.storage.list()).find((name) => name.endsWith('.data')) ?? '';
    stored.storage.damage(data, 60_000);
    expect((await verifyModel(stored.storage, stored.platform, owner.identity, {})).damaged).toEqual([
      request.source.name,
    ]);
    expect(Buffer.compare(await bytesOf(await stored.newStore().load(owner, request)), whole)).toBe(0);
    // The part that is fetched again must give what was recorded.
    stored.storage.damage(data, 60_000);
    await verifyModel(stored.storage, stored.platform, owner.identity, {});
    stored.hub.server.setFaults([
      { kind: 'wrong-byte', at: whole.length + 1_800_000 - 20_000, path: request.source.name },
    ]);
    expect(await codeOf(stored.newStore().load(owner, request))).toBe('hash-mismatch');
  });

  it('on disk are found by verify, and the next load repairs them with little traffic', async () => {
    await stored.bring();
    const [model] = await listModels(stored.storage);
    const id = model?.id ?? '';
    expect(await verifyModel(stored.storage, stored.platform, id, {})).toEqual({ bytes: expected.length, damaged: [] });
    const data = (await stored.storage.list()).find((name) => name.endsWith('.data')) ?? '';
    stored.storage.damage(data, 450_000);
    expect((await verifyModel(stored.storage, stored.platform, id, {})).damaged).toEqual([path]);
    expect((await listModels(stored.storage))[0]?.complete).toBe(false);
    stored.hub.server.setFaults([]);
    expect(Buffer.compare(await bytesOf(await stored.bring()), expected)).toBe(0);
    expect(Number(/bytes=(\d+)-/.exec(stored.ranges()[0] ?? '')?.[1])).toBeGreaterThan(400_000);
  });
});

describe('two tabs', () => {
  it('share one download', async () => {
    const waiting: number[] = [];
    const [one, two] = await Promise.all([
      stored.bring(),
      stored.bring(undefined, { onProgress: (bytes) => waiting.push(bytes) }),
    ]);
    expect(waiting.at(-1)).toBe(expected.length);
    expect(Buffer.compare(await bytesOf(one), expected) + Buffer.compare(await bytesOf(two), expected)).toBe(0);
    expect(stored.ranges()).toHaveLength(1);
  });

  it('do not remove a model under each other', async () => {
    await stored.bring();
    const { id } = (await listModels(stored.storage))[0] ?? { id: '' };
    const names = (await stored.storage.list())
      .filter((name) => name.endsWith('.data'))
      .map((name) => `pinword:${name.replace('.data', '')}`);
    await stored.platform.withLock(names[0] ?? '', undefined, async () => {
      expect(await codeOf(evictModel(stored.storage, stored.platform, id))).toBe('storage-busy');
    });
  });
});
