import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { PinwordError } from '../errors.ts';
import { cases, mutate, mutations } from '../testing/fuzz.ts';
import { readReferenceFile } from '../testing/reference-file.ts';
import { checkImage } from './decode-image.ts';

const options = { numRuns: cases };
const codes: readonly string[] = [
  'not-an-image',
  'image-format',
  'image-truncated',
  'image-too-large',
  'image-too-small',
];

const names = [
  'plain.png',
  'baseline.jpg',
  'progressive.jpg',
  'exif.jpg',
  'lossy.webp',
  'lossless.webp',
  'extended.webp',
];
const files = await Promise.all(
  [...names, 'turned.webp', 'plain.gif', 'plain.bmp', 'plain.avif'].map((name) => readReferenceFile(`images/${name}`)),
);

/** A header that can be decoded, or one of the refusals. */
function check(bytes: Uint8Array<ArrayBuffer>): void {
  try {
    const { width, height, orientation = 1 } = checkImage(bytes);
    expect(width * height).toBeLessThanOrEqual(40e6);
    expect(Math.min(width, height)).toBeGreaterThanOrEqual(8);
    expect(orientation >= 1 && orientation <= 8).toBe(true);
  } catch (error) {
    if (!(error instanceof PinwordError && codes.includes(error.code))) throw error;
  }
}

describe('the header of a picture', () => {
  it('is read or refused, whatever was done to the file', () => {
    fc.assert(
      fc.property(fc.constantFrom(...files), mutations, (file, mutation) => {
        check(mutate(file, mutation));
      }),
      options,
    );
  });

  it('is read or refused of bytes that only begin like a picture', () => {
    const start = fc.constantFrom(...files).chain((file) => fc.nat(40).map((length) => file.subarray(0, length)));
    const rest = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(start, rest, (head, tail) => {
        check(Uint8Array.from([...head, ...tail]));
      }),
      options,
    );
  });

  it('is read or refused of text that begins like an SVG', () => {
    const part = fc.constantFrom(
      '<?xml',
      '?>',
      '<!--',
      '-->',
      '<!DOCTYPE',
      '>',
      '<svg',
      ' ',
      '\n',
      '\ufeff',
      'x',
      '-',
      '<',
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 400 }), (parts) => {
        check(Uint8Array.from(new TextEncoder().encode(parts.join(''))));
      }),
      options,
    );
  });
});
