import { readFile } from 'node:fs/promises';

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { chunksOf, coreOf, plainWord, splitWords, textParts } from '../../contract/words.ts';
import { cases } from '../../testing/files/fuzz.ts';
import { parseText } from './parsed-text.ts';
import { captionTokens, tokenizeText } from './tokenized-text.ts';
import { loadTokenizer } from './tokenizer.ts';
import { TriggerWords } from './trigger-words.ts';

const options = { numRuns: cases };
const clip = new URL('../../../public/tokenizers/clip/', import.meta.url);
const text = (path: string): Promise<string | null> => readFile(new URL(path, clip), 'utf8').catch(() => null);
const tokenizer = await loadTokenizer(
  { text, json: async (path) => JSON.parse((await text(path)) ?? 'null') as unknown },
  77,
);

const piece = fc.oneof(
  fc.constantFrom(
    'dog',
    '(dog:1.2)',
    '[fog]',
    '\\(',
    "don't",
    '<|endoftext|>',
    '日本語',
    'สุนัข',
    '😀',
    '\ufeff',
    '\u0085',
    'σΣ',
    '<toy>',
  ),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
  fc.string({ unit: 'binary', maxLength: 6 }),
);
const caption = fc
  .array(fc.tuple(piece, fc.constantFrom(' ', '', '  ', '\n', '\u3000')), { maxLength: 30 })
  .map((parts) => parts.flat().join('').toWellFormed());

describe('a caption of any kind', () => {
  it('is cut into words that lie in it, in order, without white space between their parts', () => {
    fc.assert(
      fc.property(caption, (value) => {
        const words = splitWords(value);
        const chunks = chunksOf(value);
        let end = 0;
        for (const chunk of chunks) {
          expect(chunk.start).toBeGreaterThanOrEqual(end);
          expect(chunk.words.at(-1)?.end).toBe(chunk.end);
          end = chunk.end;
        }
        expect(
          textParts(value)
            .map((part) => part.text)
            .join(''),
        ).toBe(value);
        expect(textParts(value).filter(({ word }) => word !== null)).toHaveLength(words.length);
        for (const word of words) {
          const { start, end: last } = coreOf(word);
          expect(start >= 0 && start < last && last <= word.length).toBe(true);
          expect(plainWord(word)).toBe(plainWord(plainWord(word)));
        }
      }),
      options,
    );
  });

  it('has tokens for each word that lie in it, and its vectors where it names an embedding', () => {
    const triggers = new TriggerWords([{ id: 'a', trigger: '<toy>', name: 'toy', vectors: 3 }]);
    fc.assert(
      fc.property(caption, (value) => {
        const tokenized = tokenizeText(tokenizer, parseText(value, triggers));
        for (const { tokens, core } of tokenized.words) {
          expect(0 <= tokens.start && tokens.start <= tokens.end && tokens.end <= tokenized.ids.length).toBe(true);
          expect(core.start >= tokens.start && core.end <= tokens.end).toBe(true);
        }
        for (const { start, end } of tokenized.embeddings) expect(end - start).toBe(3);
        const read = captionTokens(tokenized, tokenizer.limit);
        expect(read.words).toHaveLength(splitWords(value).length);
        for (const { positions, cutOff } of read.words) {
          expect(positions.every((position) => position >= 1 && position < tokenizer.limit - 1)).toBe(true);
          if (cutOff) expect(positions).toEqual([]);
        }
      }),
      options,
    );
  });
});
