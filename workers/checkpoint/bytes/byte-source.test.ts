import { expect, it } from 'vitest';

import { blobSource, notInPlace } from './byte-source.ts';

const blob = new Blob([Uint8Array.of(1, 2, 3, 4, 5)]);

it('a blob is read in ranges, and lies open to be used in place', async () => {
  const source = blobSource('a.bin', blob);
  expect(source).toMatchObject({ name: 'a.bin', size: 5, blob });
  expect(await source.read(1, 3)).toEqual(Uint8Array.of(2, 3, 4));
});

it('a file that cannot be used in place keeps all but its blob', async () => {
  const source = notInPlace({ ...blobSource('a.bin', blob), sha256: 'abc' });
  expect(Object.keys(source).toSorted()).toEqual(['name', 'read', 'sha256', 'size']);
  expect(await source.read(0, 2)).toEqual(Uint8Array.of(1, 2));
});
