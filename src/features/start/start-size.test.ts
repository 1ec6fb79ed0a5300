import { describe, expect, it } from 'vitest';

import { largerSize, sizeInShapeOf } from './start-size.ts';

const model = { nativeSize: 512, sizeMultiple: 8 };

describe('the size of a run that starts from a picture', () => {
  it.each([
    [
      { width: 4000, height: 4000 },
      { width: 512, height: 512 },
    ],
    [
      { width: 3000, height: 2000 },
      { width: 624, height: 416 },
    ],
    [
      { width: 20, height: 10_000 },
      { width: 64, height: 1024 },
    ],
  ])('has the shape of %o as near as the model makes it', (picture, size) => {
    expect(sizeInShapeOf(picture, model)).toEqual(size);
  });
});

describe('a larger picture', () => {
  it('has twice the edges where they may be so long', () => {
    expect(largerSize({ width: 512, height: 384 }, model, 1024)).toEqual({ width: 1024, height: 768, factor: 2 });
  });

  it('is as large as it may be, and none where that is hardly larger', () => {
    expect(largerSize({ width: 640, height: 320 }, model, 1024)).toMatchObject({ width: 1024, height: 512 });
    expect(largerSize({ width: 1024, height: 64 }, model, 1024)).toBeNull();
  });
});
