import { describe, expect, it } from 'vitest';
import { directionRuns, textDirection } from './direction.ts';

/** Runs against the base direction in brackets. */
function drawn(text: string): string {
  const words = text.split(' ');
  const base = textDirection(text);
  return directionRuns(words, base)
    .map((run) => {
      const inside = run.words.map((word) => words[word]).join(' ');
      return run.direction === base ? inside : `[${inside}]`;
    })
    .join(' ');
}

describe('the order in which words are drawn', () => {
  it.each([
    ['a dog on the beach', 'ltr', 'a dog on the beach'],
    ['כלב על החוף', 'rtl', 'כלב על החוף'],
    ['a כלב גדול on the חוף', 'ltr', 'a [כלב גדול] on the [חוף]'],
    ['כלב on the beach גדול', 'rtl', 'כלב [on the beach] גדול'],
    ['a כלב 5 dogs', 'ltr', 'a [כלב 5] dogs'],
    ['a 5 כלב', 'ltr', 'a 5 [כלב]'],
    ['a كلب & قطة on', 'ltr', 'a [كلب & قطة] on'],
    ['a كلب & cat', 'ltr', 'a [كلب] & cat'],
    ['… كلب', 'rtl', '… كلب'],
    ['5 !', 'ltr', '5 !'],
  ])('%s', (text, base, expected) => {
    expect(textDirection(text)).toBe(base);
    expect(drawn(text)).toBe(expected);
  });
});
