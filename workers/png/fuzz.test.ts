import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatsFile } from '../testing/reference/formats-reference.ts';
import { cases, mutate, mutations, typed } from '../testing/files/fuzz.ts';
import { encodeChunk, readChunks } from './png-chunks.ts';
import { insertPngText, readPngText } from './png-text.ts';

const codes = ['not-an-image', 'image-truncated', 'image-format'] as const;
const options = { numRuns: cases };

async function png(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const file = await formatsFile(`png/${name}`);
  return file.read(0, file.size);
}

const pillow = await png('pillow.png');
const plain = await png('plain.png');

const keyword = fc.stringMatching(/^[!-~]{1,20}$/);

describe('PNG text', () => {
  it('any text reads back', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.record({ keyword, text: fc.string({ unit: 'binary', maxLength: 50 }) }), {
          selector: (text) => text.keyword,
          maxLength: 4,
        }),
        async (texts) => {
          const expected = texts.map(({ keyword: key, text }) => ({ keyword: key, text: text.replaceAll('\0', '') }));
          expect(await readPngText(insertPngText(plain, texts))).toEqual(expected);
        },
      ),
      options,
    );
  });

  it('mutated files give a typed error or text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(pillow, plain), mutations, async (file, mutation) => {
        await typed(codes, () => readPngText(mutate(file, mutation)));
      }),
      options,
    );
  });

  it('mutated chunks with sound checksums give a typed error or text', async () => {
    const chunks = [...readChunks(pillow)];
    await fc.assert(
      fc.asyncProperty(
        fc.nat(chunks.length - 1),
        mutations,
        fc.constantFrom('tEXt', 'zTXt', 'iTXt', null),
        async (index, mutation, type) => {
          const encoded = chunks.map((chunk, i) =>
            i === index
              ? encodeChunk(type ?? chunk.type, mutate(chunk.data, mutation))
              : encodeChunk(chunk.type, chunk.data),
          );
          await typed(codes, () => readPngText(new Uint8Array(Buffer.concat([pillow.subarray(0, 8), ...encoded]))));
        },
      ),
      options,
    );
  });
});
