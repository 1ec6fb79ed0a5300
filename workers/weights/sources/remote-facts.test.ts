import { expect, it } from 'vitest';

import { blobSource } from '../../checkpoint/bytes/byte-source.ts';
import { remoteFacts } from './remote-facts.ts';

const nothing = { validator: null, sha256: null, acceptsRanges: true, partSizes: [3] };

it.each<[object, object]>([
  [{}, {}],
  [{ validator: '"1"' }, { validator: '"1"' }],
  [{ sha256: 'ab' }, { sha256: 'ab' }],
  [{ acceptsRanges: false }, { acceptsRanges: false }],
  [{ acceptsRanges: true }, {}],
  [{ partSizes: [1, 2] }, { partSizes: [1, 2] }],
  [{ validator: null, sha256: null }, {}],
  [{ validator: 7, sha256: {}, acceptsRanges: 'no', partSizes: 3 }, {}],
  [{ partSizes: [1, '2'] }, {}],
  [{ partSizes: undefined, acceptsRanges: undefined }, {}],
])('of a source with %j is told %j', (facts, told) => {
  expect(remoteFacts({ ...blobSource('w', new Blob(['abc'])), ...facts })).toEqual({ ...nothing, ...told });
});
