import * as z from 'zod';
import { beforeEach, expect, it, vi } from 'vitest';
import { readSafetensorsTable } from '../../checkpoint/tensor-files/safetensors.ts';
import { safetensorsFile } from '../../testing/hub-server/hub-fixture.ts';
import { Crash, MemoryEnvironment, MemoryStorage } from '../../testing/storage/memory-storage.ts';
import { dataName, storedFileLock, listStoredFiles } from './stored-file.ts';
import type { MaterializeRequest } from '../convert/materialize.ts';
import { ModelStorage } from './model-storage.ts';
import { readDurableJson, removeDurableJson, writeDurableJson } from './durable-json.ts';
import { WeightStore } from './weight-store.ts';

const owner = { identity: 'url:https://example.org/m', name: 'm', licence: null };

let storage: MemoryStorage;
let platform: MemoryEnvironment;
beforeEach(() => {
  storage = new MemoryStorage();
  platform = new MemoryEnvironment();
});

const models = () => new ModelStorage(storage, platform);

/** One version of the only file of a model. */
async function version(validator: string, value: (i: number) => number): Promise<MaterializeRequest> {
  const bytes = safetensorsFile('F16', { a: [5000] }, value);
  const read = (offset: number, length: number) => Promise.resolve(bytes.slice(offset, offset + length));
  const source = { name: 'unet/model.safetensors', size: bytes.length, validator, read };
  return { source, table: await readSafetensorsTable(source), wanted: [{ name: 'a' }], dtype: 'F16' };
}

const store = async (request: Promise<MaterializeRequest>) => models().load(owner, await request);
const first = () => version('"1"', (i) => i % 7);
const second = () => version('"2"', (i) => i % 5);

async function onlyId(): Promise<string> {
  return (await listStoredFiles(storage))[0]?.id ?? '';
}

it.each([0, 1, 2, 3])(
  'a removal that is killed after %i files leaves what can be removed or downloaded again, and no bytes for good',
  async (survived) => {
    await store(first());
    const remove = storage.remove.bind(storage);
    let left = survived;
    storage.remove = (name) => (left-- > 0 ? remove(name) : Promise.reject(new Crash()));
    await models()
      .remove(owner.identity)
      .catch((thrown: unknown) => {
        if (!(thrown instanceof Crash)) throw thrown;
      });
    storage.remove = remove;
    storage.restart(false);
    platform = new MemoryEnvironment();
    await models().removeAbandoned();
    for (const { complete } of await models().list())
      expect(complete).toBe((await models().find(owner, await first())) !== null);
    await models().remove(owner.identity);
    expect(storage.usage()).toBe(0);
  },
);

it('data that a newer version of this software recorded is let be and counted; so is a foreign file', async () => {
  await store(first());
  const id = await onlyId();
  const stored = await readDurableJson(storage, id, z.looseObject({}));
  await writeDurableJson(storage, id, { ...stored, version: 99 });
  (await storage.open('somebody.data')).close();
  const before = await storage.list();
  await models().removeAbandoned();
  expect(await storage.list()).toEqual(before);
  expect(await models().countNewer()).toBe(1);
  expect(await models().list()).toEqual([]);
});

it('data without any record is removed', async () => {
  await store(first());
  const id = await onlyId();
  await removeDurableJson(storage, id);
  await models().removeAbandoned();
  expect(await storage.list()).toEqual([]);
});

it('a damaged block that a load meets is downloaded again, and the file is as it was', async () => {
  const good = new Uint8Array(await (await store(first())).blob.arrayBuffer());
  const file = await storage.open(dataName(await onlyId()));
  const [byte = 0] = file.read(good.length - 9, 1);
  file.write(good.length - 9, Uint8Array.of(byte ^ 1));
  file.close();
  expect(new Uint8Array(await (await store(first())).blob.arrayBuffer())).toEqual(good);
});

it('a check says when all was seen to be undamaged', async () => {
  await store(first());
  const [before] = await models().list();
  platform = new MemoryEnvironment();
  vi.spyOn(platform, 'now').mockReturnValue((before?.checked ?? 0) + 1000);
  await models().verify(owner.identity, {});
  expect((await models().list())[0]?.checked).toBe((before?.checked ?? 0) + 1000);
});

it('data without a record is let be while another tab writes it', async () => {
  const id = 'a'.repeat(32);
  (await storage.open(dataName(id))).close();
  await platform.withLock(storedFileLock(id), undefined, () => models().removeAbandoned());
  expect(await storage.list()).toEqual([dataName(id)]);
});

it('a check that waited for a download judges what that download left', async () => {
  await store(first());
  let checked: Promise<unknown> = Promise.resolve();
  await platform.withLock(storedFileLock(await onlyId()), undefined, async () => {
    checked = models().verify(owner.identity, {});
    // Another tab replaces the file while it holds the lock.
    await new WeightStore(storage, new MemoryEnvironment()).load(owner, await second());
  });
  expect(await checked).toMatchObject({ damaged: [] });
  expect(await models().find(owner, await second())).not.toBeNull();
});

it('a check that waited for a removal finds nothing', async () => {
  await store(first());
  let checked: Promise<unknown> = Promise.resolve();
  await platform.withLock(storedFileLock(await onlyId()), undefined, async () => {
    checked = models().verify(owner.identity, {});
    await new ModelStorage(storage, new MemoryEnvironment()).remove(owner.identity);
  });
  expect(await checked).toEqual({ bytes: 0, damaged: [] });
  expect(await storage.list()).toEqual([]);
});
