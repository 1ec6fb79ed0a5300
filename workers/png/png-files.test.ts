import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { carried } from '../contract/carried.ts';
import { formatsBytes } from '../testing/reference/formats-reference.ts';
import { cases, mutate, mutations, typed } from '../testing/files/fuzz.ts';
import { encodeChunk, readChunks } from './png-chunks.ts';
import { insertPngFiles, readPngFiles } from './png-files.ts';
import { readPngText } from './png-text.ts';

const plain = await formatsBytes('png/plain.png');
const texts = await formatsBytes('png/pillow.png');
const bytes = (...values: readonly number[]) => Uint8Array.from(values);
const types = (png: Uint8Array<ArrayBuffer>) => [...readChunks(png)].map(({ type }) => type);

describe('files in a PNG', () => {
  it('come back as they were, in order, and what else is in the PNG stays', async () => {
    const files = [bytes(1, 2, 3), bytes(0), bytes(255, 254)];
    const filled = insertPngFiles(texts, files);
    expect(readPngFiles(filled)).toEqual(files);
    expect(await readPngText(filled)).toEqual(await readPngText(texts));
    expect(types(filled).filter((type) => type !== 'pwSb')).toEqual(types(texts));
  });

  it('stand before the end, so that readers see the picture first', () => {
    expect(types(insertPngFiles(plain, [bytes(1)])).slice(-2)).toEqual(['pwSb', 'IEND']);
  });

  it('take the place of those that were there', () => {
    const filled = insertPngFiles(insertPngFiles(plain, [bytes(1), bytes(2)]), [bytes(3)]);
    expect(readPngFiles(filled)).toEqual([bytes(3)]);
  });

  it('are none where nobody put any', () => {
    expect(readPngFiles(texts)).toEqual([]);
  });

  it('that are too many, too large or empty are left out, as they are written and as they are read', () => {
    const large = new Uint8Array(carried.fileBytes + 1);
    const many = Array.from({ length: carried.files + 5 }, (_, index) => bytes(index));
    expect(readPngFiles(insertPngFiles(plain, [bytes(), large, ...many]))).toEqual(many.slice(0, carried.files));
    const chunks = [bytes(), large, ...many].map((file) => encodeChunk('pwSb', file));
    const end = plain.length - 12;
    const foreign = new Uint8Array(Buffer.concat([plain.subarray(0, end), ...chunks, plain.subarray(end)]));
    expect(readPngFiles(foreign)).toEqual(many.slice(0, carried.files));
  });

  it('stop where all of them together are too large', () => {
    const half = new Uint8Array(carried.fileBytes);
    const files = Array.from({ length: carried.bytes / carried.fileBytes + 1 }, () => half);
    expect(readPngFiles(insertPngFiles(plain, files))).toHaveLength(files.length - 1);
  });

  it('of a damaged PNG give a typed error, or files', async () => {
    const filled = insertPngFiles(plain, [bytes(1, 2, 3), bytes(4)]);
    await fc.assert(
      fc.asyncProperty(mutations, async (mutation) => {
        await typed(['not-an-image', 'image-truncated', 'image-format'], () =>
          Promise.resolve().then(() => readPngFiles(mutate(filled, mutation))),
        );
      }),
      { numRuns: cases },
    );
  });
});
