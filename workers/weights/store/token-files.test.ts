import { expect, it } from 'vitest';

import { PinwordError } from '../../errors.ts';
import { present } from '../../testing/present.ts';
import { MemoryStorage } from '../../testing/storage/memory-storage.ts';
import { TokenFiles } from './token-files.ts';

const numbers = (...values: readonly number[]): Float32Array<ArrayBuffer> => Float32Array.from(values);

/** Files over a clock that ticks at every look. */
function over(storage: MemoryStorage, maxBytes?: number): TokenFiles {
  let time = 0;
  return new TokenFiles(
    () => Promise.resolve(storage),
    () => ++time,
    maxBytes,
  );
}

it('gives back what was kept, also in another life', async () => {
  const storage = new MemoryStorage();
  await over(storage).set('a', numbers(1, -2.5, 3e-20));
  expect(await over(storage).get('a')).toEqual(numbers(1, -2.5, 3e-20));
  expect(await over(storage).get('b')).toBeNull();
  await over(storage).set('none', numbers());
  expect(await over(storage).get('none')).toEqual(numbers());
  expect(await storage.list()).toEqual(['a.tokens', 'none.tokens']);
});

it('keeps numbers as earlier versions did: what they kept is read', async () => {
  const storage = new MemoryStorage();
  await over(storage).set('a', numbers(1, -2));
  const bytes = Buffer.from(await present(await storage.blob('a.tokens')).arrayBuffer());
  // "PWLK", version 1, the 562687c3-32 of the numbers (as zlib.crc32 gives it), their count, the time; little-endian.
  expect(bytes.toString('hex')).toBe('50574c4b01000000562687c302000000000000000000f03f0000803f000000c0');
});

it('replaces what was kept under a key by something shorter', async () => {
  const files = over(new MemoryStorage());
  await files.set('a', numbers(1, 2, 3));
  await files.set('a', numbers(4));
  expect(await files.get('a')).toEqual(numbers(4));
  await files.set('a', numbers(5));
  expect(await files.get('a')).toEqual(numbers(5));
});

it('knows a file that is damaged anywhere but in the time of its use', async () => {
  const whole = new MemoryStorage();
  await over(whole).set('a', numbers(1, 2));
  const name = 'a.tokens';
  const size = (await whole.blob(name))?.size ?? 0;
  for (let byte = 0; byte < size; byte++) {
    const storage = new MemoryStorage();
    await over(storage).set('a', numbers(1, 2));
    storage.damage(name, byte);
    const found = await over(storage).get('a');
    if (byte >= 16 && byte < 24) expect(found, `byte ${byte}`).toEqual(numbers(1, 2));
    else expect(found, `byte ${byte}`).toBeNull();
  }
});

it('knows a file that was written by half', async () => {
  for (const bytes of [0, 10, 24, 30]) {
    const storage = new MemoryStorage();
    storage.bytesUntilCrash = bytes;
    await expect(over(storage).set('a', numbers(1, 2, 3))).rejects.toThrow();
    storage.restart(true);
    expect(await over(storage).get('a')).toBeNull();
  }
});

it('lets go what was not used for longest', async () => {
  const unread = new MemoryStorage();
  const kept = over(unread, 3 * 28);
  for (const key of ['a', 'b', 'c', 'd']) await kept.set(key, numbers(1));
  expect((await unread.list()).toSorted()).toEqual(['b.tokens', 'c.tokens', 'd.tokens']);
  const storage = new MemoryStorage();
  const files = over(storage, 3 * 28);
  for (const key of ['a', 'b', 'c']) await files.set(key, numbers(1));
  await files.get('a');
  await files.set('d', numbers(1));
  expect((await storage.list()).toSorted()).toEqual(['a.tokens', 'c.tokens', 'd.tokens']);
});

it('lets go what cannot be read before anything else', async () => {
  const storage = new MemoryStorage();
  const files = over(storage, 3 * 28);
  await files.set('a', numbers(1));
  const short = await storage.open('short.tokens');
  short.write(0, new Uint8Array(5));
  short.close();
  await files.set('b', numbers(1));
  await files.set('c', numbers(1));
  expect((await storage.list()).toSorted()).toEqual(['a.tokens', 'b.tokens', 'c.tokens']);
});

it('forgets what is asked, and what an earlier version kept', async () => {
  const storage = new MemoryStorage();
  const files = over(storage);
  for (const key of ['dog-1', 'dog-2', 'cat-1', 'none-1', 'old']) await files.set(key, numbers(1));
  const other = await storage.open('dog-other');
  other.close();
  await files.forget(['dog']);
  expect((await storage.list()).toSorted()).toEqual(['cat-1.tokens', 'dog-other', 'none-1.tokens']);
});

it('touches nobody else’s files', async () => {
  const storage = new MemoryStorage();
  const file = await storage.open('other');
  file.write(0, new Uint8Array(100));
  file.close();
  await over(storage, 0).set('a', numbers(1));
  expect(await storage.list()).toEqual(['other']);
});

it('does without a storage that is full, busy, or not there', async () => {
  const full = new MemoryStorage();
  full.capacity = 20;
  await over(full).set('a', numbers(1, 2));
  expect(await over(full).get('a')).toBeNull();

  const busy = new MemoryStorage();
  await over(busy).set('a', numbers(1));
  const held = await busy.open('a.tokens');
  await over(busy).set('a', numbers(2));
  expect(await over(busy).get('a')).toEqual(numbers(1));
  held.close();

  const none = new TokenFiles(
    () => Promise.reject(new PinwordError('storage-unavailable', 'A private window.')),
    () => 0,
  );
  await none.set('a', numbers(1));
  expect(await none.get('a')).toBeNull();
});
