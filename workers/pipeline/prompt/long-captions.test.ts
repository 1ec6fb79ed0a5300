import { describe, expect, it } from 'vitest';

import { refusal } from '../../testing/reference/weights.ts';
import { parseText } from './parsed-text.ts';
import type { SectionRule } from './text-sections.ts';
import { captionTokens, tokenizeText } from './tokenized-text.ts';
import type { Tokenizer } from './tokenizer.ts';
import { TriggerWords } from './trigger-words.ts';
import { pinsIn, unifiedPrompt, type PinnedRows } from './unified-prompt.ts';

/** A tokenizer of letters: a sequence has room for five. */
const letters: Tokenizer = {
  limit: 7,
  bosId: 1,
  eosId: 2,
  padId: 3,
  commaId: 44,
  encode: (text) => Array.from(text, (letter) => ({ id: letter.charCodeAt(0), byteLength: 1 })),
  byteLength: (text) => text.length,
};
const codes = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0));
const read = (text: string, rule: SectionRule) => tokenizeText(letters, parseText(text, new TriggerWords([])), rule);
const placed = (text: string, rule: SectionRule) => captionTokens(read(text, rule), letters.limit);

describe('where the words of a caption lie', () => {
  it('the last that fits is whole, the next is cut off', () => {
    const { words, tokenCount, limit } = placed('abc de f', 'one');
    expect(words.map(({ positions, cutOff }) => [positions, cutOff])).toEqual([
      [[1, 2, 3], false],
      [[4, 5], false],
      [[], true],
    ]);
    expect([tokenCount, limit]).toEqual([8, 7]);
  });

  it('a word of which one token does not fit is cut off', () => {
    expect(placed('abc def', 'one').words.map(({ positions, cutOff }) => [positions, cutOff])).toEqual([
      [[1, 2, 3], false],
      [[], true],
    ]);
  });

  it('a word without a token is cut off behind what is read, and not at its end', () => {
    const kept = (text: string): string => text.replaceAll('~', '');
    const tokenizer: Tokenizer = {
      ...letters,
      encode: (text) => letters.encode(kept(text)),
      byteLength: (text) => kept(text).length,
    };
    const cutOff = (text: string): boolean[] =>
      captionTokens(tokenizeText(tokenizer, parseText(text, new TriggerWords([]))), 7).words.map((word) => word.cutOff);
    expect(cutOff('abcde ~')).toEqual([false, false]);
    expect(cutOff('abcde f ~')).toEqual([false, true, true]);
  });

  it('where bytes and tokens do not match, all words of a chunk have all its tokens', () => {
    const tokenizer: Tokenizer = { ...letters, encode: () => [5, 6, 7].map((id) => ({ id, byteLength: 2 })) };
    const { words } = tokenizeText(tokenizer, parseText('x 犬猫', new TriggerWords([])));
    const all = { start: 3, end: 6 };
    expect(words.slice(1).map(({ tokens, core }) => [tokens, core])).toEqual(words.slice(1).map(() => [all, all]));
    expect(words.length).toBeGreaterThan(1);
  });

  it('further sections have what does not fit, and a word may lie in two', () => {
    const { words, tokenCount, limit } = placed('abc defg', 'many');
    expect(words.map(({ positions, cutOff }) => [positions, cutOff])).toEqual([
      [[1, 2, 3], false],
      [[4, 5, 8, 9], false],
    ]);
    expect([tokenCount, limit]).toEqual([9, 12]);
  });

  it('BREAK ends a section, which is full all the same, and has no token', () => {
    const { words, tokenCount } = placed('ab BREAK cd', 'many');
    expect(words.map(({ text, positions }) => [text, positions])).toEqual([
      ['ab', [1, 2]],
      ['BREAK', []],
      ['cd', [8, 9]],
    ]);
    expect(tokenCount).toBe(9);
    expect(read('ab BREAK cd', 'many').sections).toEqual([
      { start: 0, end: 2 },
      { start: 2, end: 4 },
    ]);
  });

  it('three sections count each as full but the last', () => {
    const { tokenCount, limit, words } = placed('abcdefghijkl', 'many');
    expect([tokenCount, limit]).toEqual([5 + 5 + 2 + 2, 17]);
    expect(words[0]?.positions.slice(-2)).toEqual([15, 16]);
  });

  it('BREAK among punctuation leaves the tokens behind it to their words', () => {
    expect(read('x a,BREAK,b', 'many').sections).toEqual([
      { start: 0, end: 3 },
      { start: 3, end: 5 },
    ]);
    expect(placed('a/BREAK/犬b', 'many').words.map(({ text, positions }) => [text, positions])).toEqual([
      ['a/BREAK/', expect.any(Array) as number[]],
      ['犬', [9]],
      ['b', [10]],
    ]);
  });

  it('BREAK within a longer word, or where a text is read once, is letters', () => {
    expect(read('BREAKS', 'many').ids).toEqual(codes('BREAKS'));
    expect(read('a BREAK', 'one').ids).toEqual(codes('aBREAK'));
    expect(read('a,BREAK,b', 'many').ids).toEqual(codes('a,,b'));
  });
});

describe('prompts of a caption in sections', () => {
  const layOut = (caption: string, negative: string, pins: readonly PinnedRows[], rule: SectionRule = 'many') =>
    unifiedPrompt(letters, {
      caption: read(caption, rule),
      negativePrompt: read(negative, rule),
      pins,
      subjectPositions: 'pinned',
    });
  const sequence = (text: string): number[] => [1, ...codes(text), 2, 3, 3, 3, 3, 3, 3].slice(0, 7);

  it('each has its own tokens; the shorter text is repeated where that comes out even', () => {
    const prompts = layOut('abcdefg', 'xy', []);
    expect(prompts.map(({ inputIds }) => [...inputIds])).toEqual([
      [...sequence('abcde'), ...sequence('xy')],
      [...sequence('fg'), ...sequence('xy')],
    ]);
    const longNegative = layOut('ab', 'tuvwxyz', []);
    expect(longNegative.map(({ inputIds }) => [...inputIds])).toEqual([
      [...sequence('ab'), ...sequence('tuvwx')],
      [...sequence('ab'), ...sequence('yz')],
    ]);
  });

  it('and is followed by empty ones where it does not', () => {
    const prompts = layOut('abcdefg', 'klmnopqrstuvw', []);
    expect(prompts.map(({ inputIds }) => [...inputIds.subarray(0, 7)])).toEqual([
      sequence('abcde'),
      sequence('fg'),
      sequence(''),
    ]);
  });

  it('a pin is in the section of its word', () => {
    const [first, second] = layOut('abc de f', '', [{ word: 2, rows: [0] }]);
    expect([...(first?.wordIndex ?? [])]).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect([...(second?.wordIndex ?? [])]).toEqual([0, 7, 2, 3, 4, 5, 6]);
  });

  it('one pseudo-word stands in both sections of its word, several in the first alone', () => {
    const text = read('abc defg', 'many');
    const parts = (rows: readonly number[]) =>
      text.sections.map((section) => pinsIn(text, section, [{ word: 1, rows }]));
    expect(parts([0])).toEqual([
      [{ text: 'defg', start: 3, end: 5, rows: [0], weight: 1 }],
      [{ text: 'defg', start: 0, end: 2, rows: [0], weight: 1 }],
    ]);
    expect(parts([0, 1])).toEqual([
      [{ text: 'defg', start: 3, end: 5, rows: [0, 1], weight: 1 }],
      [{ text: 'defg', start: 0, end: 2, rows: [], weight: 1 }],
    ]);
  });

  it('a pin behind what is read is refused, one on the last that is read is not; one without a token is', () => {
    const pin = (word: number): readonly PinnedRows[] => [{ word, rows: [0] }];
    expect(layOut('abc de f', '', pin(1), 'one')).toHaveLength(1);
    expect(refusal(() => layOut('abc de f', '', pin(2), 'one')).code).toBe('pin-cut-off');
    expect(refusal(() => layOut('abcd e', '', [{ word: 1, rows: [0, 1] }], 'one')).code).toBe('pin-cut-off');
    expect(refusal(() => layOut('ab BREAK cd', '', pin(1))).code).toBe('pin-without-token');
  });

  it('an embedding’s vectors stand in the section of its trigger, at their place in it', () => {
    const values = Float32Array.of(1, 2, 3, 4);
    const toy = { id: 'toy', name: 'toy', trigger: '<toy>', vectors: 2, values };
    const caption = tokenizeText(letters, parseText('abcd e <toy> f', new TriggerWords([toy])), 'many');
    const prompts = unifiedPrompt(letters, {
      caption,
      negativePrompt: tokenizeText(letters, parseText('', new TriggerWords([toy])), 'many'),
      pins: [],
      subjectPositions: 'pinned',
    });
    expect(prompts.map(({ insertedVectors }) => insertedVectors.map(({ position }) => position))).toEqual([[], [1, 2]]);
    expect(prompts[1]?.insertedVectors.map((vector) => [...vector.values])).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('an embedding longer than a section goes on in the next', () => {
    const long = { id: 'long', name: 'long', trigger: '<long>', vectors: 7, values: new Float32Array(14) };
    const embeddings = new TriggerWords([long]);
    const prompts = unifiedPrompt(letters, {
      caption: tokenizeText(letters, parseText('a <long>', embeddings), 'many'),
      negativePrompt: tokenizeText(letters, parseText('', embeddings), 'many'),
      pins: [],
      subjectPositions: 'pinned',
    });
    expect(prompts.map(({ insertedVectors }) => insertedVectors.map(({ position }) => position))).toEqual([
      [],
      [1, 2, 3, 4, 5],
      [1, 2],
    ]);
  });

  it('a pinned word keeps its weight', () => {
    const [prompt] = layOut('ab (cd:1.5)', '', [{ word: 1, rows: [0] }]);
    expect([...(prompt?.weights.unified ?? [])]).toEqual([1, 1, 1, 1.5, 1.5, 1, 1]);
  });

  it('weights count at their own positions in their own section; where all are 1 there are none', () => {
    const [first, second] = layOut('abcd (ef:1.5)', '(x:0.5)y', []);
    expect([...(first?.weights.text ?? [])]).toEqual([1, 1, 1, 1, 1, 1.5, 1]);
    expect([...(second?.weights.text ?? [])]).toEqual([1, 1.5, 1, 1, 1, 1, 1]);
    expect([...(first?.weights.unconditional ?? [])]).toEqual([1, 0.5, 1, 1, 1, 1, 1]);
    expect(first?.weights.unified).toEqual(first?.weights.text);
    expect(layOut('ab', '', [])[0]?.weights).toEqual({ unified: null, text: null, unconditional: null });
  });
});
