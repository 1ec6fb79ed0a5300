import { expect, it } from 'vitest';

import { isSameWork } from './download-file.ts';
import type { StoredFile } from './stored-file.ts';

const file: StoredFile = {
  version: 1,
  identity: 'hub:owner/name',
  modelName: 'name',
  licence: null,
  path: 'unet/model.safetensors',
  content: 'F16',
  validator: '"1"',
  sourceSha256: 'ab',
  sourceSize: 100,
  plan: 'cd',
  size: 50,
  complete: false,
  written: 10,
  blockBytes: 5,
  blocks: [],
  sourceHash: null,
  digest: null,
  lastUsed: 0,
  checked: 0,
};
const unhashed = { sourceSha256: null };

it.each<readonly [string, Partial<StoredFile>, Partial<StoredFile>, boolean]>([
  ['of the same hash', {}, { validator: '"2"' }, true],
  ['of another hash', {}, { sourceSha256: 'ef' }, false],
  ['of the same validator, where only what is stored has a hash', {}, unhashed, true],
  ['of the same validator, where only what is found has a hash', unhashed, {}, true],
  ['of another validator, where only what is stored has a hash', {}, { ...unhashed, validator: '"2"' }, false],
  ['of another validator, where only what is found has a hash', unhashed, { validator: '"2"' }, false],
  [
    'that lacks an end, and nothing tells its version',
    { ...unhashed, validator: null },
    { ...unhashed, validator: null },
    false,
  ],
  [
    'that is whole, and nothing tells its version',
    { ...unhashed, validator: null, complete: true },
    { ...unhashed, validator: null },
    true,
  ],
  ['of another plan', {}, { plan: 'ef' }, false],
  ['of another type', {}, { content: 'F32' }, false],
  ['of other blocks', {}, { blockBytes: 6 }, false],
  ['of another size', {}, { sourceSize: 101 }, false],
])('a stored file %s', (_, stored, fresh, same) => {
  expect(isSameWork({ ...file, ...stored }, { ...file, ...fresh })).toBe(same);
});
