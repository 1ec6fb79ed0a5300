import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { PinwordError } from '../errors.ts';
import { cases, changedJson, mutate, mutations, typed } from '../testing/files/fuzz.ts';
import { findReferenceJson, readReferenceFile } from '../testing/reference/reference-file.ts';
import { checkImage } from './decode-image.ts';
import { parseImageProcessorConfig, processedSize, processImage } from './image-processor.ts';

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

describe('the settings of an image processor', () => {
  it('with any value in any place are refused, or make finite numbers of a picture', async () => {
    const settings = await findReferenceJson('sd15/feature_extractor/preprocessor_config.json');
    const picture = { width: 5, height: 3, data: new Uint8ClampedArray(60).map((_, index) => index * 4) };
    await fc.assert(
      fc.asyncProperty(fc.oneof(changedJson(settings), fc.jsonValue()), async (json) => {
        const config = await typed(['unsupported-config'], () => Promise.resolve(parseImageProcessorConfig(json)));
        if (config === null) return;
        const values = processImage(picture, null, config);
        const size = processedSize(config);
        if (size !== null) expect(values.length).toBe(3 * size.width * size.height);
        expect(values.findIndex((value) => !Number.isFinite(value))).toBe(-1);
      }),
      options,
    );
  });
});
