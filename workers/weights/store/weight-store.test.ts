import * as fc from 'fast-check';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { blobSource } from '../../checkpoint/bytes/byte-source.ts';
import { readSafetensorsTable } from '../../checkpoint/tensor-files/safetensors.ts';
import { PinwordError } from '../../errors.ts';
import { safetensorsFile, serveFiles } from '../../testing/hub-server/hub-fixture.ts';
import { Crash, MemoryEnvironment, MemoryStorage } from '../../testing/storage/memory-storage.ts';
import { findComponent } from '../sources/component-files.ts';
import { openHub } from '../sources/hub-source.ts';
import type { LocalWeights, MaterializeRequest } from '../convert/materialize.ts';
import type { SourceFiles } from '../sources/source-files.ts';
import { evictModel, listModels, verifyModel } from './stored-models.ts';
import { openUrl } from '../sources/url-source.ts';
import { WeightStore } from './weight-store.ts';
import { present } from '../../testing/present.ts';

const path = 'unet/diffusion_pytorch_model.fp16.safetensors';
const blockBytes = 32 * 1024;
const shapes = { 'a.weight': [300, 700], 'a.bias': [300], 'b.weight': [90_000] };
const hub = await serveFiles({
  'unet/config.json': '{}',
  [path]: safetensorsFile('F16', shapes),
  'vae/config.json': '{}',
  'vae/diffusion_pytorch_model.fp16.safetensors': safetensorsFile('F16', {
    'encoder.w': [900_000],
    'decoder.w': [50_000],
  }),
});
afterAll(() => hub[Symbol.asyncDispose]());

let storage = new MemoryStorage();
let platform = new MemoryEnvironment();
beforeEach(() => {
  hub.server.setFaults([]);
  storage = new MemoryStorage();
  platform = new MemoryEnvironment();
});

const noWait = { wait: () => Promise.resolve() };
const fromHub = () => openHub(hub.location, noWait);
const newStore = () => new WeightStore(storage, platform, blockBytes);

async function requestOf(
  files: SourceFiles,
  folder: 'unet' | 'vae' = 'unet',
  names?: readonly string[],
): Promise<MaterializeRequest> {
  const { weights, table } = present(await findComponent(files, folder));
  return { source: weights, table, wanted: (names ?? [...table.keys()]).map((name) => ({ name })), dtype: 'F16' };
}

async function bring(files?: SourceFiles, extra: Partial<MaterializeRequest> = {}): Promise<LocalWeights> {
  const opened = files ?? (await fromHub());
  const owner = { identity: opened.identity ?? '', name: opened.name, licence: await opened.licence() };
  return newStore().load(owner, { ...(await requestOf(opened)), ...extra });
}

async function bytesOf(local: LocalWeights): Promise<Buffer> {
  return Buffer.from(await local.blob.arrayBuffer());
}

/** All tensors are wanted in their own element type, so that what is stored equals what is served. */
const expected = safetensorsFile('F16', shapes);

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const thrown: unknown = await promise.then(
    () => null,
    (reason: unknown) => reason,
  );
  return thrown instanceof PinwordError ? thrown.code : String(thrown);
}

/** Ranges of the weights that were asked for since the last setFaults, without the first look at each file. */
function ranges(): readonly (string | null)[] {
  return hub.server.log
    .filter(
      (entry) => entry.path.endsWith('.safetensors') && entry.origin === 'cdn' && entry.range !== 'bytes=0-131071',
    )
    .map(({ range }) => range);
}

describe('a stored file', () => {
  it('is the converted source, and is not downloaded again', async () => {
    expect(Buffer.compare(await bytesOf(await bring()), expected)).toBe(0);
    hub.server.setFaults([]);
    const again = await bring();
    expect(Buffer.compare(await bytesOf(again), expected)).toBe(0);
    expect(ranges()).toEqual([]);
  });

  it('holds only the wanted tensors, fetched by their range', async () => {
    const files = await fromHub();
    const owner = { identity: 'x', name: 'x', licence: null };
    const local = await newStore().load(owner, await requestOf(files, 'vae', ['decoder.w']));
    expect([...local.table.keys()]).toEqual(['decoder.w']);
    expect(local.blob.size).toBeLessThan(101_000);
    expect(ranges()).toHaveLength(1);
  });

  it('is kept apart by element type', async () => {
    await bring();
    const wide = await bring(undefined, { dtype: 'F32' });
    expect(wide.blob.size).toBeGreaterThan(1.9 * expected.length);
    expect((await listModels(storage))[0]?.files.map(({ precision }) => precision).sort()).toEqual(['f16', 'f32']);
  });

  it('is found again without the network, and only where it is complete', async () => {
    const files = await fromHub();
    const owner = { identity: files.identity, name: files.name, licence: null };
    const request = await requestOf(files);
    expect(await newStore().find(owner, request)).toBeNull();
    hub.server.setFaults([{ kind: 'cut', at: 300_000, path }]);
    expect(await codeOf(newStore().load(owner, request))).toBe('download-incomplete');
    expect(await newStore().find(owner, request)).toBeNull();
    hub.server.setFaults([]);
    await newStore().load(owner, request);
    hub.server.setFaults([{ kind: 'drop', path }]);
    const found = await newStore().find(owner, request);
    expect(found === null ? null : Buffer.compare(await bytesOf(found), expected)).toBe(0);
  });

  it('stays as it is when a transform is merged in', async () => {
    const transform = {
      touches: (name: string) => name === 'a.bias',
      apply: (_: string, __: readonly number[], values: Float32Array<ArrayBuffer>) => values.fill(3),
    };
    const merged = await bring(undefined, { transform });
    const { offset } = merged.table.get('a.bias') ?? { offset: 0 };
    expect(await blobSource('', merged.blob).read(offset, 2)).toEqual(new Uint8Array([0, 0x42]));
    const [temporary = ''] = (await storage.list()).filter((name) => name.startsWith('temporary-'));
    expect((await storage.blob(temporary))?.size).toBeLessThan(expected.length / 2);
    const plain = await bring();
    const [before, after] = [plain.table.get('a.weight'), merged.table.get('a.weight')];
    expect(await blobSource('', merged.blob).read(after?.offset ?? 0, 64)).toEqual(
      await blobSource('', plain.blob).read(before?.offset ?? 1, 64),
    );
    expect(Buffer.compare(await bytesOf(await bring()), expected)).toBe(0);
    expect((await storage.list()).filter((name) => name.startsWith('temporary-'))).toHaveLength(1);
    platform.releaseLocks();
    await newStore().temporary.removeAbandoned();
    expect((await storage.list()).filter((name) => name.startsWith('temporary-'))).toEqual([]);
  });
});

describe('a download that is interrupted', () => {
  it('goes on where it ended, and still checks the published hash', async () => {
    hub.server.setFaults([{ kind: 'cut', at: 300_000, path }]);
    expect(await codeOf(bring())).toBe('download-incomplete');
    expect((await listModels(storage))[0]).toMatchObject({ complete: false, licence: 'creativeml-openrail-m' });
    hub.server.setFaults([]);
    expect(Buffer.compare(await bytesOf(await bring()), expected)).toBe(0);
    const start = Number(/bytes=(\d+)-/.exec(ranges()[0] ?? '')?.[1]);
    expect(start).toBeGreaterThan(200_000);
  });

  it('finds out wrong bytes in the part that was fetched before', async () => {
    hub.server.setFaults([
      { kind: 'wrong-byte', at: 100_001, path },
      { kind: 'cut', at: 300_000, path },
    ]);
    expect(await codeOf(bring())).toBe('download-incomplete');
    hub.server.setFaults([]);
    expect(await codeOf(bring())).toBe('hash-mismatch');
    expect(Buffer.compare(await bytesOf(await bring()), expected)).toBe(0);
  });

  it('can be paused and resumed', async () => {
    const abort = new AbortController();
    const onProgress = (bytes: number) => {
      if (bytes > 200_000) abort.abort();
    };
    expect(await codeOf(bring(undefined, { signal: abort.signal, onProgress }))).toBe('cancelled');
    const seen: number[] = [];
    expect(
      Buffer.compare(await bytesOf(await bring(undefined, { onProgress: (bytes) => seen.push(bytes) })), expected),
    ).toBe(0);
    expect(seen[0]).toBeGreaterThan(150_000);
  });

  it('starts over where the host has stopped honouring Range', async () => {
    const url = () => openUrl(hub.baseUrl, noWait);
    hub.server.setFaults([{ kind: 'cut', at: 300_000, path }]);
    expect(await codeOf(bring(url()))).toBe('download-incomplete');
    hub.server.setFaults([{ kind: 'ignore-range', path }]);
    expect(Buffer.compare(await bytesOf(await bring(url())), expected)).toBe(0);
  });

  it('starts over where the file was replaced', async () => {
    const url = () => openUrl(hub.baseUrl, noWait);
    // The first bytes of another version make no safetensors file, so only later ones differ here.
    hub.server.setFaults([
      { kind: 'changed', path, skip: 2 },
      { kind: 'cut', at: 300_000, path, skip: 1, times: 1 },
    ]);
    await expect(bring(url())).rejects.toThrow(/replaced on the server/);
    hub.server.setFaults([]);
    expect(Buffer.compare(await bytesOf(await bring(url())), expected)).toBe(0);
  });
});

describe('a host that shows no version', () => {
  it('is asked from the start again after an interruption', async () => {
    const request = await versioned(expected, '"1"');
    const offsets: number[] = [];
    let breaks = true;
    const source = {
      ...request.source,
      validator: null,
      stream: async function* (offset: number, length: number) {
        offsets.push(offset);
        for (let at = offset; at < offset + length; at += 50_000) {
          if (breaks && at > 300_000) throw new PinwordError('network', 'gone');
          yield await request.source.read(at, Math.min(50_000, offset + length - at));
        }
      },
    };
    const owner = { identity: 'url:x', name: 'x', licence: null };
    expect(await codeOf(newStore().load(owner, { ...request, source }))).toBe('network');
    breaks = false;
    expect(Buffer.compare(await bytesOf(await newStore().load(owner, { ...request, source })), expected)).toBe(0);
    expect(offsets[1]).toBe(offsets[0]);
  });
});

describe('wrong bytes', () => {
  it('of the right length are found by the published hash, and nothing of them is kept', async () => {
    hub.server.setFaults([{ kind: 'wrong-byte', at: 400_001, path }]);
    expect(await codeOf(bring())).toBe('hash-mismatch');
    expect(await listModels(storage)).toEqual([]);
    expect(storage.usage()).toBe(0);
  });

  it('on disk are found in a file of which only a part was fetched, by the hash recorded then', async () => {
    const files = await fromHub();
    const owner = { identity: files.identity, name: files.name, licence: null };
    const request = await requestOf(files, 'vae', ['decoder.w']);
    const whole = await bytesOf(await newStore().load(owner, request));
    const data = (await storage.list()).find((name) => name.endsWith('.data')) ?? '';
    storage.damage(data, 60_000);
    expect((await verifyModel(storage, platform, owner.identity, {})).damaged).toEqual([request.source.name]);
    expect(Buffer.compare(await bytesOf(await newStore().load(owner, request)), whole)).toBe(0);
    // The part that is fetched again must give what was recorded.
    storage.damage(data, 60_000);
    await verifyModel(storage, platform, owner.identity, {});
    hub.server.setFaults([{ kind: 'wrong-byte', at: whole.length + 1_800_000 - 20_000, path: request.source.name }]);
    expect(await codeOf(newStore().load(owner, request))).toBe('hash-mismatch');
  });

  it('on disk are found by verify, and the next load repairs them with little traffic', async () => {
    await bring();
    const [model] = await listModels(storage);
    const id = model?.id ?? '';
    expect(await verifyModel(storage, platform, id, {})).toEqual({ bytes: expected.length, damaged: [] });
    const data = (await storage.list()).find((name) => name.endsWith('.data')) ?? '';
    storage.damage(data, 450_000);
    expect((await verifyModel(storage, platform, id, {})).damaged).toEqual([path]);
    expect((await listModels(storage))[0]?.complete).toBe(false);
    hub.server.setFaults([]);
    expect(Buffer.compare(await bytesOf(await bring()), expected)).toBe(0);
    expect(Number(/bytes=(\d+)-/.exec(ranges()[0] ?? '')?.[1])).toBeGreaterThan(400_000);
  });
});

describe('room', () => {
  it('is checked before a download begins, with numbers and what could be removed', async () => {
    await bring();
    platform.quota = 50_000_000;
    platform.usage = 49_000_000;
    await expect(bring(undefined, { dtype: 'F32' })).rejects.toThrow(
      /needs [\d.]+ [KM]B, but the browser has 1\.0 MB left .* someone\/model \([\d.]+ KB\)/,
    );
  });

  it('is checked for all files of a model together before the first of them is downloaded', async () => {
    const files = await fromHub();
    const owner = { identity: files.identity, name: 'someone/model', licence: null };
    const requests = await Promise.all([requestOf(files), requestOf(files, 'vae')]);
    const sizes = requests.map(({ source }) => source.size);
    const margin = 16 * 1024 * 1024;
    platform.quota = margin + Math.max(...sizes) + 1000;
    await expect(newStore().ensureRoom(requests.map((request) => ({ owner, request })))).rejects.toMatchObject({
      code: 'storage-quota',
    });
    expect(ranges()).toEqual([]);
    platform.quota = margin + sizes.reduce((sum, size) => sum + size, 0) + 1000;
    await newStore().ensureRoom(requests.map((request) => ({ owner, request })));
    // What is there already needs no room.
    await newStore().load(owner, requests[0]);
    platform.quota = margin + (sizes[1] ?? 0) + 1000;
    await newStore().ensureRoom(requests.map((request) => ({ owner, request })));
    platform.quota = 0;
    await newStore().ensureRoom(requests.slice(0, 1).map((request) => ({ owner, request })));
  });

  it('is needed for a merged copy too', async () => {
    const files = await fromHub();
    const owner = { identity: files.identity, name: 'someone/model', licence: null };
    const transform = {
      touches: (name: string) => name === 'a.weight',
      apply: (_: string, __: readonly number[], values: Float32Array<ArrayBuffer>) => values,
    };
    const request = await requestOf(files);
    platform.quota = 16 * 1024 * 1024 + 1.5 * request.source.size;
    await newStore().ensureRoom([{ owner, request }]);
    await expect(newStore().ensureRoom([{ owner, request: { ...request, transform } }])).rejects.toMatchObject({
      code: 'storage-quota',
    });
  });

  it('that runs out on the way leaves a part that can be gone on with', async () => {
    storage.capacity = 400_000;
    expect(await codeOf(bring())).toBe('storage-quota');
    storage.capacity = Infinity;
    hub.server.setFaults([]);
    expect(Buffer.compare(await bytesOf(await bring()), expected)).toBe(0);
    expect(Number(/bytes=(\d+)-/.exec(ranges()[0] ?? '')?.[1])).toBeGreaterThan(300_000);
  });

  it('comes back when a model is removed', async () => {
    await bring();
    await evictModel(storage, platform, (await listModels(storage))[0]?.id ?? '');
    expect(storage.usage()).toBe(0);
    expect(await storage.list()).toEqual([]);
  });
});

describe('two tabs', () => {
  it('share one download', async () => {
    const waiting: number[] = [];
    const [one, two] = await Promise.all([bring(), bring(undefined, { onProgress: (bytes) => waiting.push(bytes) })]);
    expect(waiting.at(-1)).toBe(expected.length);
    expect(Buffer.compare(await bytesOf(one), expected) + Buffer.compare(await bytesOf(two), expected)).toBe(0);
    expect(ranges()).toHaveLength(1);
  });

  it('do not remove a model under each other', async () => {
    await bring();
    const { id } = (await listModels(storage))[0] ?? { id: '' };
    const names = (await storage.list())
      .filter((name) => name.endsWith('.data'))
      .map((name) => `pinword:${name.replace('.data', '')}`);
    await platform.withLock(names[0] ?? '', undefined, async () => {
      expect(await codeOf(evictModel(storage, platform, id))).toBe('storage-busy');
    });
  });
});

/** One version of a file on a host with ETags. */
async function versioned(bytes: Uint8Array<ArrayBuffer>, validator: string): Promise<MaterializeRequest> {
  const source = {
    name: path,
    size: bytes.length,
    validator,
    read: (offset: number, length: number) => Promise.resolve(bytes.slice(offset, offset + length)),
  };
  const table = await readSafetensorsTable(source);
  return { source, table, wanted: [...table.keys()].map((name) => ({ name })), dtype: 'F16' };
}

describe('a crash at any byte', () => {
  const owner = { identity: 'url:x', name: 'x', licence: null };
  const crash = fc.tuple(fc.integer({ min: 0, max: 700_000 }), fc.boolean());

  it.each([false, true])(
    'leaves the old state or a resumable part, never a wrong model (older version stored: %s)',
    async (replaces) => {
      const newer = safetensorsFile('F16', shapes, (i) => i % 7);
      const [first, second] = [await versioned(expected, '"1"'), await versioned(newer, '"2"')];
      await fc.assert(
        fc.asyncProperty(fc.array(crash, { minLength: 1, maxLength: 4 }), async (crashes) => {
          storage = new MemoryStorage();
          if (replaces) await newStore().load(owner, first);
          for (const [bytes, torn] of crashes) {
            storage.bytesUntilCrash = bytes;
            platform = new MemoryEnvironment();
            const outcome: unknown = await newStore()
              .load(owner, second)
              .catch((thrown: unknown) => thrown);
            if (outcome instanceof Error) expect(outcome).toBeInstanceOf(Crash);
            storage.restart(torn);
            platform = new MemoryEnvironment();
            for (const model of await listModels(storage))
              expect((await verifyModel(storage, platform, model.id, {})).damaged).toEqual([]);
          }
          expect(Buffer.compare(await bytesOf(await newStore().load(owner, second)), newer)).toBe(0);
        }),
        { numRuns: 30 },
      );
    },
  );
});
