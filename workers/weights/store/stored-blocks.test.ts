import { beforeEach, expect, it } from 'vitest';

import { MemoryStorage } from '../../testing/storage/memory-storage.ts';
import { present } from '../../testing/present.ts';
import { sha256 } from '../sources/hashes.ts';
import { readDurableJson, replaceFile } from './durable-json.ts';
import { cutAtDamage, isBlockGood } from './stored-blocks.ts';
import { type StoredFile, storedFileSchema } from './stored-file.ts';

const blockBytes = 10;
const bytes = Uint8Array.from({ length: 24 }, (_, index) => index);
const blocks = [await sha256(bytes.slice(0, 10)), await sha256(bytes.slice(10, 20)), await sha256(bytes.slice(20))];
const file: StoredFile = {
  version: 1,
  identity: 'url:x',
  modelName: 'x',
  licence: null,
  path: 'w',
  content: 'F16',
  validator: null,
  sourceSha256: null,
  sourceSize: 24,
  plan: 'p',
  size: 24,
  complete: true,
  written: 24,
  blockBytes,
  blocks,
  sourceHash: 'state',
  digest: 'd',
  lastUsed: 1,
  checked: 2,
};

let storage = new MemoryStorage();
beforeEach(async () => {
  storage = new MemoryStorage();
  await replaceFile(storage, 'id.data', bytes);
});
const record = () => readDurableJson(storage, 'id', storedFileSchema);

it.each([
  [0, 0],
  [9, 0],
  [10, 1],
  [19, 1],
  [20, 2],
  [23, 2],
])('damage at byte %i is in block %i, before which the record ends', async (place, index) => {
  storage.damage('id.data', place);
  const blob = present(await storage.blob('id.data'));
  for (const each of blocks.keys()) expect(await isBlockGood(blob, file, each)).toBe(each !== index);
  const seen: number[] = [];
  expect(await cutAtDamage(storage, 'id', file, { now: 9, onBytes: (count) => seen.push(count) })).toBe(false);
  const cut = { complete: false, written: 10 * index, blocks: blocks.slice(0, index), sourceHash: null };
  expect(await record()).toEqual({ ...file, ...cut });
  expect(seen).toEqual([10, 10, 4].slice(0, index));
});

it('a file without damage keeps its record, which says when it was seen', async () => {
  const seen: number[] = [];
  expect(await cutAtDamage(storage, 'id', file, { now: 9, onBytes: (count) => seen.push(count) })).toBe(true);
  expect(await record()).toEqual({ ...file, checked: 9 });
  expect(seen).toEqual([10, 10, 4]);
});

it('a file that is gone is damaged from its start, one without blocks is not', async () => {
  expect(await isBlockGood(new Blob(), { ...file, written: 0, blocks: [] }, 0)).toBe(true);
  await storage.remove('id.data');
  expect(await cutAtDamage(storage, 'id', { ...file, written: 0, blocks: [] }, { now: 9 })).toBe(true);
  expect(await cutAtDamage(storage, 'id', file, { now: 9 })).toBe(false);
  expect(await record()).toMatchObject({ written: 0, blocks: [] });
});

it('what lies behind the bytes that count is not looked at', async () => {
  const part = { ...file, complete: false, written: 14, blocks: [blocks[0] ?? '', await sha256(bytes.slice(10, 14))] };
  expect(await cutAtDamage(storage, 'id', part, { now: 9 })).toBe(true);
});

it('a check that is stopped ends between two blocks and records nothing', async () => {
  const abort = new AbortController();
  const seen: number[] = [];
  const onBytes = (count: number) => {
    seen.push(count);
    abort.abort();
  };
  const checked = cutAtDamage(storage, 'id', file, { now: 9, signal: abort.signal, onBytes });
  await expect(checked).rejects.toMatchObject({ code: 'cancelled' });
  expect(seen).toEqual([10]);
  expect(await record()).toBeNull();
});
