import { describe, expect, it } from 'vitest';
import { readReferenceFile } from '../testing/reference/reference-file.ts';
import { isBareWebp, isWhole, smallFrame } from './small-picture.ts';

const photo = { width: 4000, height: 3000 };

describe('what is kept of a picture', () => {
  it('is its region, at the asked edge', () => {
    const frame = smallFrame(photo, { x: 500, y: 0, size: 3000 }, 336);
    expect(frame).toEqual({
      part: { x: 500, y: 0, width: 3000, height: 3000 },
      size: { width: 336, height: 336 },
      region: { x: 0, y: 0, size: 336 },
    });
  });

  it('is not enlarged', () => {
    expect(smallFrame(photo, { x: 10, y: 20, size: 100 }, 336).size).toEqual({ width: 100, height: 100 });
  });

  it('of a cut-out over the edge is what lies in the picture, and the region keeps its place over it', () => {
    const frame = smallFrame(photo, { x: -300, y: 1000, size: 3360 }, 336);
    expect(frame.part).toEqual({ x: 0, y: 1000, width: 3060, height: 2000 });
    expect(frame.size).toEqual({ width: 306, height: 200 });
    expect(frame.region).toEqual({ x: -30, y: 0, size: 336 });
  });

  it.each([[{ x: 3999, y: 0, size: 3000 }], [{ x: 4500, y: 0, size: 3000 }], [{ x: 0, y: -2999, size: 3000 }]])(
    'is too little where the region is all but beyond it: %j',
    (region) => {
      expect(() => smallFrame(photo, region, 336)).toThrow(expect.objectContaining({ code: 'image-too-small' }));
    },
  );

  it('is the picture itself where that is small already', () => {
    const small = { width: 336, height: 336 };
    expect(isWhole(smallFrame(small, { x: 0, y: 0, size: 336 }, 336), small)).toBe(true);
    expect(isWhole(smallFrame(small, { x: 1, y: 1, size: 300 }, 336), small)).toBe(false);
    expect(isWhole(smallFrame(photo, { x: 500, y: 0, size: 3000 }, 336), photo)).toBe(false);
  });
});

describe('a WebP', () => {
  it.each(['lossy.webp', 'lossless.webp'])('with nothing in it but a picture is bare: %s', async (name) => {
    expect(isBareWebp(await readReferenceFile(`images/${name}`))).toBe(true);
  });

  it('with the colour profile that a browser writes is bare', async () => {
    const lossy = await readReferenceFile('images/lossy.webp');
    const profile = Buffer.from('ICCP\u0004\0\0\0abcd', 'latin1');
    expect(isBareWebp(new Uint8Array([...lossy.subarray(0, 12), ...profile, ...lossy.subarray(12)]))).toBe(true);
  });

  it('with a place and a date in it is not, nor is any other file, nor one that goes on after its end', async () => {
    const lossy = await readReferenceFile('images/lossy.webp');
    const exif = new Uint8Array([...lossy, ...Buffer.from('EXIF\u0004\0\0\0abcd', 'latin1')]);
    expect(isBareWebp(exif)).toBe(false);
    expect(isBareWebp(new Uint8Array([...lossy, 1, 2]))).toBe(false);
    expect(isBareWebp(await readReferenceFile('images/plain.png'))).toBe(false);
    expect(isBareWebp(new Uint8Array(3))).toBe(false);
  });
});
