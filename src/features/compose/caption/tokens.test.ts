import { describe, expect, it } from 'vitest';
import { buttonWords, embeddingsByWord, limitView } from './tokens.ts';

const word = (text: string, cutOff = false) => ({
  text,
  positions: cutOff ? [] : [1],
  tokenCount: 1,
  cutOff,
  embeddings: [],
});
const view = (tokenCount: number, words = [word('a')]) =>
  limitView({ caption: 'a', tokens: { words, tokenCount, limit: 77 } }, 'a');

describe('the token limit', () => {
  it('is counted without the frame of every caption', () => {
    expect(view(2, [])).toMatchObject({ counter: '0 of 75 tokens', over: false });
    expect(view(77)).toMatchObject({ counter: '75 of 75 tokens', over: false });
    expect(view(78)).toMatchObject({ over: true });
  });

  it('marks the words that the model does not see', () => {
    expect([...view(90, [word('a'), word('b'), word('c', true)]).cutOff]).toEqual([2]);
  });

  it('says how many words are left out', () => {
    expect(view(90, [word('a'), word('c', true)]).counter).toBe('Too long: the last word is left out.');
    expect(view(90, [word('a'), word('b', true), word('c', true)]).counter).toBe(
      'Too long: the last 2 words are left out.',
    );
  });

  it('gives a button to each word that is read, and to pinned ones among the rest', () => {
    const tokens = { words: [word('a'), word('b'), word('c', true), word('d', true)], tokenCount: 90, limit: 77 };
    expect(buttonWords({ caption: '', tokens }, 4, new Set([3]))).toEqual([0, 1, 3]);
    expect(buttonWords({ caption: '', tokens: null }, 3, new Set())).toEqual([0, 1, 2]);
    expect(buttonWords({ caption: '', tokens: null }, 500, new Set())).toHaveLength(100);
  });

  it('tells which words name embeddings, of the caption that was read alone', () => {
    const toy = { trigger: 'toy', vectors: 2 };
    const read = {
      caption: 'a toy',
      tokens: { words: [word('a'), { ...word('toy'), embeddings: [toy] }], tokenCount: 5, limit: 77 },
    };
    expect([...embeddingsByWord(read, 'a toy')]).toEqual([[1, [toy]]]);
    expect(embeddingsByWord(read, 'a toys').size).toBe(0);
  });

  it('says nothing about a caption that was not read yet', () => {
    expect(
      limitView({ caption: 'a', tokens: { words: [word('a', true)], tokenCount: 90, limit: 77 } }, 'ab').cutOff.size,
    ).toBe(0);
  });
});
