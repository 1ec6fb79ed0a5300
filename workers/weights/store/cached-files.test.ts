import { beforeEach, describe, expect, it } from 'vitest';

import { blobSource, type ByteSource } from '../../checkpoint/bytes/byte-source.ts';
import { type ErrorCode, PinwordError } from '../../errors.ts';
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
  failure: Error | null = null;
  readonly asked: string[] = [];
  readonly #identity: string | null;

  constructor(identity: string | null) {
    this.#identity = identity;
  }

  get files(): SourceFiles {
    return {
      name: 'm',
      identity: this.#identity,
      find: async (wanted) => {
        this.asked.push(wanted);
        if (this.failure !== null) throw this.failure;
        const read = (offset: number, length: number) => {
          this.asked.push(`${wanted} ${offset}+${length}`);
          return Promise.resolve(weights.slice(offset, offset + length));
        };
        if (wanted === path) return Promise.resolve({ name: path, size: weights.length, read, ...this.facts });
        return wanted === 'config.json' ? { ...blobSource(wanted, new Blob([this.config])), ...this.facts } : null;
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
  const { read, size } = present(source);
  return new TextDecoder().decode(await read(0, size));
}

async function streamed(source: ByteSource, offset: number, length: number): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of present(source.stream)(offset, length)) pieces.push(piece);
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
    expect(file).toMatchObject({ name: path, size: weights.length, validator: '"1"', sha256: null });
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
