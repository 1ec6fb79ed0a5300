import { beforeAll, describe, expect, it } from 'vitest';

import { findReferenceJson, findReferenceText } from '../../testing/reference/reference-file.ts';
import { refusal } from '../../testing/reference/weights.ts';
import type { LoadedEmbedding } from './installed-embeddings.ts';
import { parseText } from './parsed-text.ts';
import { captionTokens, tokenizeText, type TokenizedText } from './tokenized-text.ts';
import { loadTokenizer, type Tokenizer } from './tokenizer.ts';
import { TriggerWords } from './trigger-words.ts';
import type { PinnedRows } from './unified-prompt.ts';
import { wordPositions } from './word-positions.ts';

let tokenizer: Tokenizer;
beforeAll(async () => {
  tokenizer = await loadTokenizer(
    {
      text: (path) => findReferenceText(`sd15/${path}`),
      json: (path) => findReferenceJson(`sd15/${path}`),
    },
    77,
  );
});

const read = (text: string): TokenizedText<LoadedEmbedding> =>
  tokenizeText(tokenizer, parseText(text, new TriggerWords<LoadedEmbedding>([])));

const positionsOf = (caption: string, words: readonly number[], pins: readonly PinnedRows[] = [], negative = '') =>
  wordPositions(
    tokenizer,
    { caption: read(caption), negativePrompt: read(negative), pins, subjectPositions: 'pinned' },
    words,
  );

const caption = 'a dog beside another dog on the beach';

describe('the tokens of a word', () => {
  it('are those that people are shown, and the same in both where nothing is pinned as a word', () => {
    const [positions] = positionsOf(caption, [1]);
    const shown = captionTokens(read(caption), tokenizer.limit).words[1]?.positions;
    expect(positions).toEqual({ text: shown, unified: shown });
  });

  it('that is there twice are those of the one that is pinned', () => {
    const [first, second] = positionsOf(caption, [1, 4]);
    expect(first?.text).not.toEqual(second?.text);
    expect(Math.min(...(second?.text ?? []))).toBeGreaterThan(Math.max(...(first?.text ?? [])));
  });

  it('stand in the unified sequence where its pseudo-words do, and move behind longer ones', () => {
    const dog = captionTokens(read(caption), tokenizer.limit).words[1]?.positions ?? [];
    const pins = [{ word: 1, rows: [0, 1, 2] }];
    const [pinned, later] = positionsOf(caption, [1, 4], pins);
    const start = dog[0] ?? 0;
    expect(pinned?.unified).toEqual([start, start + 1, start + 2]);
    expect(pinned?.text).toEqual(dog);
    const shift = 3 - dog.length;
    expect(later?.unified).toEqual(later?.text.map((position) => position + shift));
  });

  it('behind what is read are refused', () => {
    expect(refusal(() => positionsOf(`${'dog '.repeat(90)}cat`, [90])).code).toBe('pin-cut-off');
  });

  it('that a longer pin pushes out are refused though the caption has them', () => {
    const rows = Array.from({ length: 5 }, (_, row) => row);
    const full = `dog ${'the '.repeat(74)}`;
    expect(positionsOf(full, [74])[0]?.text).toEqual([75]);
    expect(refusal(() => positionsOf(full, [74], [{ word: 0, rows }])).code).toBe('pin-cut-off');
  });

  describe('in sections', () => {
    const positions = (word: number) => {
      const sections = tokenizeText(tokenizer, parseText('a dog BREAK a cat', new TriggerWords([])), 'many');
      const request = { negativePrompt: read(''), pins: [], subjectPositions: 'pinned' } as const;
      return wordPositions(tokenizer, { ...request, caption: sections }, [word])[0];
    };

    it('count on from one to the next', () => {
      const { limit } = tokenizer;
      const inFirst = positions(1)?.text ?? [];
      const inSecond = positions(4)?.text ?? [];
      expect(inFirst[0]).toBe(2);
      expect(inSecond[0]).toBe(limit + 2);
      expect(positions(4)?.unified).toEqual(inSecond);
    });

    it('that has none, such as BREAK, are refused as such', () => {
      expect(refusal(() => positions(2)).code).toBe('pin-without-token');
    });
  });
});
