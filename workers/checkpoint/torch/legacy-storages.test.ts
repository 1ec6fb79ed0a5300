import { expect, it } from 'vitest';

import { guardedSource } from '../../testing/files/fuzz.ts';
import { pickleBytes, pickledName, pickledStorage, pickledText } from '../../testing/files/pickle-text.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import type { TensorInfo } from '../tensors/tensor-table.ts';
import { isPickleTensor, readTorchFile } from './torch-file.ts';

const prologue = '\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19\x2e\x80\x02\x4d\xe9\x03\x2e';
const machine = `}${pickledText('little_endian')}\x88s.`;
const key = 'k'.repeat(250);

/** A tensor on a storage of so many float32, and the bytes behind the pickles. */
function legacyFile(count: number, keys: string, behind: readonly number[], from?: number, to?: number): ByteSource {
  const storage = pickledStorage(pickledName('torch', 'FloatStorage'), key, count);
  const numbers = `(${storage}K\x00K${String.fromCharCode(count)}\x85K\x01\x85\x89NtR`;
  const pickles = `${prologue}${machine}${pickledName('torch._utils', '_rebuild_tensor_v2')}${numbers}.${keys}.`;
  return guardedSource(new Uint8Array([...pickleBytes(pickles), ...behind]).slice(from, to), 'old.pt');
}
const list = `](${pickledText(key)}e`;
const two = [2, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];

async function locate(source: ByteSource): Promise<TensorInfo> {
  const { root, ...legacy } = await readTorchFile(source);
  return isPickleTensor(root) ? legacy.locate(root) : Promise.reject(new Error('not a tensor'));
}

it('a file from before torch 1.6 has its numbers behind eight bytes that say how many they are', async () => {
  const source = legacyFile(2, list, two);
  expect(await locate(source)).toMatchObject({ offset: source.size - 8, length: 8 });
  const none = legacyFile(0, list, [0, 0, 0, 0, 0, 0, 0, 0]);
  expect(await locate(none)).toMatchObject({ offset: none.size, length: 0 });
});

it.each([
  ['of other numbers than it says', legacyFile(2, list, two.with(0, 3)), 'is damaged or cut off'],
  ['that its list lacks', legacyFile(2, ']', two), 'is missing'],
])('a file from before torch 1.6 is refused with a storage %s', async (_, source, words) => {
  await expect(locate(source)).rejects.toMatchObject({
    code: 'bad-pickle',
    message: expect.stringContaining(`its storage "${'k'.repeat(200)}" ${words}`) as string,
  });
});

it('a file from before torch 1.6 is refused where it is cut off, wherever that is', async () => {
  const { size } = legacyFile(2, list, two);
  for (let to = 0; to < size; to++)
    await expect(locate(legacyFile(2, list, two, 0, to))).rejects.toMatchObject({ code: 'bad-pickle' });
});

it('a file is not blamed for what its reader cannot do', async () => {
  const whole = legacyFile(2, list, two);
  const failure = new Error('the disk is gone');
  const read = (offset: number, length: number) => (length > 4 ? Promise.reject(failure) : whole.read(offset, length));
  await expect(readTorchFile({ ...whole, read })).rejects.toBe(failure);
});
