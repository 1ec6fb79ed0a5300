import { beforeEach, describe, expect, it } from 'vitest';

import { blobSource, type ByteSource } from '../../checkpoint/bytes/byte-source.ts';
import { type ErrorCode, PinwordError } from '../../errors.ts';
import { torchFileOf } from '../../testing/files/torch-writer.ts';
import { safetensorsFile } from '../../testing/hub-server/hub-fixture.ts';
import { MemoryEnvironment, MemoryStorage } from '../../testing/storage/memory-storage.ts';
import { present } from '../../testing/present.ts';
import type { SourceFiles } from '../sources/source-files.ts';
import { cacheFileHeads, isHostFailure, isImmutable, licenceIfReadable } from './cached-files.ts';
import { HeadStore } from './head-store.ts';

const commit = `hub:https://hub.example/someone/model@${'0123456789'.repeat(4)}`;
const plain = 'url:https://host.example/m';
const weights = safetensorsFile('F16', { a: [900] });
const header = weights.length - 1800;
const path = 'unet/w.safetensors';
const torch = await torchFileOf(safetensorsFile('F16', { a: [200_000] }));
const torchPath = 'unet/w.bin';

let storage = new MemoryStorage();
beforeEach(() => {
  storage = new MemoryStorage();
});

interface Facts {
  readonly validator?: string | null;
  readonly sha256?: string | null;
}

/** A host with one file of weights, a config, and a card; or one that fails. */
class Host {
  facts: Facts = { validator: '"1"' };
  config = '{"a":1}';
  weights: Uint8Array<ArrayBuffer> | null = weights;
  failure: Error | null = null;
  readonly asked: string[] = [];
  readonly #identity: string | null;

  constructor(identity: string | null) {
    this.#identity = identity;
  }

  get files(): SourceFiles {
    const distant = (name: string, bytes: Uint8Array<ArrayBuffer>): ByteSource => ({
      name,
      size: bytes.length,
      read: (offset, length) => {
        this.asked.push(`${name} ${offset}+${length}`);
        return Promise.resolve(bytes.slice(offset, offset + length));
      },
      ...this.facts,
    });
    return {
      name: 'm',
      identity: this.#identity,
      find: (wanted) => {
        this.asked.push(wanted);
        if (this.failure !== null) return Promise.reject(this.failure);
        const bytes = wanted === path ? this.weights : wanted === torchPath ? torch : null;
        if (bytes !== null) return Promise.resolve(distant(wanted, bytes));
        const config = { ...blobSource(wanted, new Blob([this.config])), ...this.facts };
        return Promise.resolve(wanted === 'config.json' ? config : null);
      },
      licence: () => Promise.resolve('mit'),
      whyMissing: () => null,
      storedInstead: () => null,
    };
  }

  /** The same host in another life of the worker. */
  open(): SourceFiles {
    this.asked.length = 0;
    return cacheFileHeads(this.files, new HeadStore(storage, new MemoryEnvironment()));
  }
}

async function textOf(source: ByteSource | null): Promise<string> {
  const file = present(source);
  return new TextDecoder().decode(await file.read(0, file.size));
}

async function streamed(source: ByteSource, offset: number, length: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source.stream?.(offset, length) ?? []) pieces.push(piece);
  return Buffer.concat(pieces);
}

it('files at hand are not kept', () => {
  const { files } = new Host(null);
  expect(cacheFileHeads(files, new HeadStore(storage, new MemoryEnvironment()))).toBe(files);
});

describe('the files of a commit', () => {
  it('are taken from storage, and the host is asked once for what is not there', async () => {
    const host = new Host(commit);
    const first = host.open();
    await first.find(path);
    expect(await textOf(await first.find('config.json'))).toBe('{"a":1}');
    const again = host.open();
    const file = present(await again.find(path));
    expect(file).toMatchObject({
      name: path,
      size: weights.length,
      validator: '"1"',
      sha256: null,
      acceptsRanges: true,
    });
    expect(file.blob).toBeUndefined();
    expect(await file.read(0, header)).toEqual(weights.slice(0, header));
    expect(await streamed(file, 8, header - 8)).toEqual(Buffer.from(weights.slice(8, header)));
    const config = present(await again.find('config.json'));
    expect(await config.blob?.text()).toBe('{"a":1}');
    expect(await config.read(5, 9)).toEqual(new TextEncoder().encode('1}'));
    expect(host.asked).toEqual([]);
    expect(await file.read(header - 1, 2)).toEqual(weights.slice(header - 1, header + 1));
    expect(await streamed(file, header, 20)).toEqual(Buffer.from(weights.slice(header, header + 20)));
    expect(host.asked).toEqual([path, `${path} ${header - 1}+2`, `${path} ${header}+20`]);
  });

  it("in torch's own format are read from storage at both ends", async () => {
    const host = new Host(commit);
    await host.open().find(torchPath);
    const file = present(await host.open().find(torchPath));
    for (const [offset, length] of [
      [0, 100],
      [torch.length - 100, 100],
      [torch.length - 65_557, 1000],
    ] as const)
      expect(Buffer.compare(await file.read(offset, length), torch.subarray(offset, offset + length))).toBe(0);
    expect(host.asked).toEqual([]);
    for (const length of [1000, torch.length - 100_000])
      expect(Buffer.compare(await file.read(100_000, length), torch.subarray(100_000, 100_000 + length))).toBe(0);
    expect(host.asked).toHaveLength(3);
  });

  it('that are not stored are absent without the network, and unknown where the host answers otherwise', async () => {
    const host = new Host(commit);
    host.failure = new PinwordError('network', 'gone');
    await expect(host.open().find('vae/config.json')).rejects.toBe(host.failure);
    host.failure = null;
    await host.open().find(path);
    host.failure = new PinwordError('network', 'gone');
    const files = host.open();
    expect(await files.find('vae/config.json')).toBeNull();
    expect(files.whyMissing('vae/config.json')).toBe(host.failure);
    expect(files.whyMissing('other')).toBeNull();
    expect(files.storedInstead()).toBe(host.failure);
    host.failure = new PinwordError('http-status', 'busy');
    await expect(host.open().find('vae/config.json')).rejects.toBe(host.failure);
  });
});

describe('the files of a plain host', () => {
  it('are asked for, and kept as they were seen last', async () => {
    const host = new Host(plain);
    await host.open().find('config.json');
    host.config = '{"a":2}';
    await host.open().find('config.json');
    host.facts = { validator: '"2"' };
    host.config = '{"a":3}';
    const files = host.open();
    expect(await textOf(await files.find('config.json'))).toBe('{"a":3}');
    expect(files.storedInstead()).toBeNull();
    host.failure = new PinwordError('http-status', 'busy');
    const stored = host.open();
    expect(await textOf(await stored.find('config.json'))).toBe('{"a":3}');
    expect(stored.storedInstead()).toBe(host.failure);
    expect(await stored.find('vae/config.json')).toBeNull();
  });

  it.each<[string, Facts, Facts, boolean]>([
    ['the same validator', { validator: '"1"' }, { validator: '"1"' }, true],
    ['another validator', { validator: '"1"' }, { validator: '"2"' }, false],
    ['the same hash', { validator: '"1"', sha256: 'ab' }, { validator: '"2"', sha256: 'ab' }, true],
    ['another hash', { validator: '"1"', sha256: 'ab' }, { validator: '"1"', sha256: 'cd' }, false],
    ['a hash that is new, and the same validator', { validator: '"1"' }, { validator: '"1"', sha256: 'ab' }, true],
    ['no hash any more, and the same validator', { validator: '"1"', sha256: 'ab' }, { validator: '"1"' }, true],
    ['nothing that tells its version', { validator: null }, { validator: null }, false],
  ])('are read on from where they lie with %s: %o, %o, %s', async (_, before, after, same) => {
    const host = new Host(plain);
    host.facts = before;
    await host.open().find(path);
    host.failure = new PinwordError('network', 'gone');
    const file = present(await host.open().find(path));
    host.failure = null;
    host.facts = after;
    const rest = file.read(header, 20);
    if (same) expect(await rest).toEqual(weights.slice(header, header + 20));
    else
      await expect(rest).rejects.toMatchObject({
        code: 'download-incomplete',
        message: expect.stringContaining(path) as string,
      });
  });

  it('that were replaced by one of another size, or taken away, are not read on', async () => {
    const host = new Host(plain);
    await host.open().find(path);
    for (const now of [safetensorsFile('F16', { a: [901] }), null]) {
      host.failure = new PinwordError('network', 'gone');
      const file = present(await host.open().find(path));
      host.failure = null;
      host.weights = now;
      await expect(file.read(header, 20)).rejects.toMatchObject({ code: 'download-incomplete' });
    }
  });

  it('are written once where they stay as they are', async () => {
    const host = new Host(plain);
    const contents = async () =>
      Promise.all((await storage.list()).map(async (name) => (await storage.blob(name))?.text()));
    await host.open().find('config.json');
    const before = await contents();
    await host.open().find('config.json');
    expect(await contents()).toEqual(before);
  });

  it('are not taken from storage where it is the person or the storage that fails', async () => {
    const host = new Host(plain);
    await host.open().find('config.json');
    for (const failure of [new PinwordError('cancelled', ''), new PinwordError('storage-busy', ''), new TypeError()]) {
      host.failure = failure;
      await expect(host.open().find('config.json')).rejects.toBe(failure);
    }
  });

  it('are found though the storage is full', async () => {
    storage.capacity = 0;
    expect(await textOf(await new Host(plain).open().find('config.json'))).toBe('{"a":1}');
  });
});

it.each<[ErrorCode, boolean]>([
  ['network', true],
  ['http-status', true],
  ['file-not-found', true],
  ['not-a-model-file', true],
  ['cancelled', false],
  ['storage-quota', false],
  ['download-incomplete', false],
])('%s is what a host does: %s', (code, expected) => {
  expect(isHostFailure(new PinwordError(code, ''))).toBe(expected);
  expect(isHostFailure(Object.assign(new Error(), { code }))).toBe(false);
});

it.each([
  [commit, true],
  [`hub:https://hub.example/a/b@${'f'.repeat(64)}`, true],
  [`hub:https://hub.example/a/b@${'f'.repeat(39)}`, false],
  [`hub:https://hub.example/a/b@${'f'.repeat(65)}`, false],
  ['hub:https://hub.example/a/b@main', false],
  [`url:https://host.example/a@${'f'.repeat(40)}`, false],
])('%s names a commit: %s', (identity, expected) => {
  expect(isImmutable(identity)).toBe(expected);
});

it('a licence that cannot be read is unknown, unless the person stopped', async () => {
  const failing = (thrown: Error) =>
    licenceIfReadable({ ...new Host(plain).files, licence: () => Promise.reject(thrown) });
  expect(await failing(new PinwordError('http-status', ''))).toBeNull();
  await expect(failing(new PinwordError('cancelled', ''))).rejects.toMatchObject({ code: 'cancelled' });
  await expect(failing(new TypeError())).rejects.toThrow(TypeError);
  const host = new Host(plain);
  expect(await host.open().licence()).toBe('mit');
});
