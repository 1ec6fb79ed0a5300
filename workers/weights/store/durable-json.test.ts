import * as z from 'zod';
import { beforeEach, expect, it } from 'vitest';

import { MemoryStorage } from '../../testing/storage/memory-storage.ts';
import { present } from '../../testing/present.ts';
import { durableJsonNames, readDurableJson, removeDurableJson, replaceFile, writeDurableJson } from './durable-json.ts';

const schema = z.object({ value: z.string() });
let storage = new MemoryStorage();
beforeEach(() => {
  storage = new MemoryStorage();
});

const read = () => readDurableJson(storage, 'r', schema);
const write = (value: string) => writeDurableJson(storage, 'r', { value });
const textOf = async (name: string) => present(await storage.blob(name)).text();
const spoil = (name: string, text: string) => replaceFile(storage, name, new TextEncoder().encode(text));

it('a record is what was written last, in two files by turns', async () => {
  expect(await read()).toBeNull();
  const places: string[] = [];
  for (const value of ['one', 'a longer two', '3', 'four', 'five']) {
    await write(value);
    expect(await read()).toEqual({ value });
    places.push((await textOf('r.a')).includes(value) ? 'a' : 'b');
  }
  expect(places).toEqual(['a', 'b', 'a', 'b', 'a']);
});

it.each(['', '{', 'null', '{"generation":9,"body":"{}","checksum":1}'])(
  'of which the newer file holds %j it is what it was before',
  async (text) => {
    await write('one');
    await write('two');
    await spoil('r.b', text);
    expect(await read()).toEqual({ value: 'one' });
    await write('three');
    await spoil('r.a', text);
    expect(await read()).toEqual({ value: 'three' });
    await spoil('r.b', text);
    expect(await read()).toBeNull();
  },
);

it.each([
  ['generation', '"generation":1', '"generation":3'],
  ['text', 'one', 'two'],
])('of which the %s was changed is none', async (_, from, to) => {
  await write('one');
  const text = await textOf('r.a');
  expect(text).toContain(from);
  await spoil('r.a', text.replace(from, to));
  expect(await read()).toBeNull();
});

it('that another version wrote is none to this one', async () => {
  await writeDurableJson(storage, 'r', { value: 5 });
  expect(await read()).toBeNull();
  expect(await readDurableJson(storage, 'r', z.unknown())).toEqual({ value: 5 });
});

it('is there after a crash, whatever was not flushed', async () => {
  await write('one');
  await write('two');
  storage.restart(false);
  expect(await read()).toEqual({ value: 'two' });
});

it('a file that cannot be written is closed again', async () => {
  storage.capacity = 3;
  await expect(write('one')).rejects.toMatchObject({ code: 'storage-quota' });
  storage.capacity = Infinity;
  await write('one');
  expect(await read()).toEqual({ value: 'one' });
});

it('records are named once each, and removed with both their files', async () => {
  await write('one');
  await write('two');
  await writeDurableJson(storage, 'other', {});
  await spoil('other.data', 'text');
  await spoil('other.data', '');
  expect(await textOf('other.data')).toBe('');
  expect(durableJsonNames(await storage.list())).toEqual(['r', 'other']);
  await removeDurableJson(storage, 'r');
  expect(await storage.list()).toEqual(['other.a', 'other.data']);
});
