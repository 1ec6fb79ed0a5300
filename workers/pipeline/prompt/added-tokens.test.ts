import { expect, it } from 'vitest';

import { addedTokens, addedTokensDecoder } from './added-tokens.ts';

const vocab = { '<|endoftext|>': 7 };

it('words are looked for in normalized text, special tokens before; the decoder has the last word', () => {
  const tokens = addedTokens({
    vocab,
    special: ['<|endoftext|>', '<toy>', '<nowhere>'],
    ids: { '<toy>': 8, '<dog>': 9, '<cat>': 10, '<end>': 11 },
    decoder: {
      9: { content: '<dog>', special: true },
      10: { content: '<cat>', special: false },
      11: { content: '<end>', special: true, normalized: true },
    },
  });
  expect(tokens.toSorted((a, b) => a.id - b.id)).toEqual([
    { id: 7, content: '<|endoftext|>', special: true, normalized: false },
    { id: 8, content: '<toy>', special: true, normalized: false },
    { id: 9, content: '<dog>', special: true, normalized: false },
    { id: 10, content: '<cat>', special: false, normalized: true },
    { id: 11, content: '<end>', special: true, normalized: true },
  ]);
});

it('a word of added_tokens.json alone is no special token', () => {
  expect(addedTokens({ vocab, special: [], ids: { '<dog>': 9 }, decoder: {} })).toEqual([
    { id: 9, content: '<dog>', special: false, normalized: true },
  ]);
});

it('a word is special only where its settings say so', () => {
  expect(addedTokensDecoder.parse({ 9: { content: '<dog>' } })).toEqual({ 9: { content: '<dog>', special: false } });
  expect(addedTokensDecoder.safeParse({ dog: { content: '<dog>' } }).success).toBe(false);
});
