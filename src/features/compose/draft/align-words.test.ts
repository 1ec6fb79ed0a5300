import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alignWords } from './align-words.ts';

const pairs = (before: readonly string[], after: readonly string[]) =>
  alignWords(before, after).flatMap((to, from) => (to === null ? [] : [{ from, to }]));
const numbered = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}${index}`);

describe('aligning words', () => {
  it('keeps their order', () => {
    const list = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 });
    fc.assert(
      fc.property(list, list, (before, after) =>
        pairs(before, after).every(({ to }, index, all) => to < (all[index + 1]?.to ?? Infinity)),
      ),
    );
  });

  it('aligns as many equal words as there can be', () => {
    expect(pairs(['a', 'x', 'b', 'c'], ['b', 'c', 'y', 'a'])).toEqual([
      { from: 2, to: 0 },
      { from: 3, to: 1 },
    ]);
  });

  it('takes one word in the place of one for its successor, and of several only those that look alike', () => {
    expect(alignWords(['a', 'dog', 'on'], ['a', 'puppy', 'on'])).toEqual([0, 1, 2]);
    expect(alignWords(['dog', 'cat'], ['birds', 'cats'])).toEqual([null, 1]);
  });

  it('of captions of any length keeps the words that occur once in both', () => {
    const before = numbered('word', 40_000);
    const after = before.flatMap((word, index) => (index % 2 === 0 ? [`new${index}`, word] : []));
    const aligned = alignWords(before, after);
    expect([0, 2, 20_000, 39_998].map((index) => after[aligned[index] ?? -1])).toEqual([
      'word0',
      'word2',
      'word20000',
      'word39998',
    ]);
  });

  it('of captions of any length that have nothing in common aligns nothing', () => {
    expect(pairs(numbered('a', 60_000), numbered('b', 50_000))).toEqual([]);
  });

  it('where the same few words repeat without end, still finds both ends', () => {
    const before = ['first', ...Array.from({ length: 30_000 }, (_, index) => `w${index % 7}`), 'last'];
    const after = ['first', ...Array.from({ length: 30_000 }, (_, index) => `w${(index * 3) % 7}`), 'last'];
    const aligned = alignWords(before, after);
    expect([aligned[0], aligned.at(-1)]).toEqual([0, 30_001]);
  });
});
