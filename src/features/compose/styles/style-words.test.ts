import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitWords } from '../../../../workers/api.ts';
import { hasStyle, withoutStyle, withStyle } from './style-words.ts';
import { wordWeights } from '../caption/word-weight.ts';

describe('a style', () => {
  it.each([
    ['a dog', 'at night', ' ', 'a dog at night'],
    ['a dog', 'ink drawing', ', ', 'a dog, ink drawing'],
    ['a dog, ', 'ink drawing', ', ', 'a dog, ink drawing'],
    ['A dog sits.', 'ink drawing', ', ', 'A dog sits. ink drawing'],
    ['', 'ink drawing', ', ', 'ink drawing'],
    ['a (dog:1.2)', 'ink', ', ', 'a (dog:1.2), ink'],
    ['a (dog', 'ink', ', ', 'a (dog), ink'],
    ['a ((red [dog', 'ink', ', ', 'a ((red [dog))], ink'],
    ['a dog', '(ink:1.3) drawing', ', ', 'a dog, (ink:1.3) drawing'],
    ['犬が走る', 'ink', ', ', '犬が走る, ink'],
  ])('is put at the end: %s', (caption, style, separator, expected) => {
    expect(withStyle(caption, style, separator)?.caption).toBe(expected);
  });

  it.each([
    ['a dog at night', 'at night', 'a dog'],
    ['a dog, at night', 'at night', 'a dog'],
    ['a dog, At Night.', 'at night', 'a dog'],
    ['at night a dog', 'at night', 'a dog'],
    ['a dog at night on the beach', 'at night', 'a dog on the beach'],
    ['a dog, at night, watercolour', 'at night', 'a dog, watercolour'],
    ['a dog at night, watercolour', 'at night', 'a dog, watercolour'],
    ['a dog (at night:1.2)', 'at night', 'a dog'],
    ['a dog at (night:1.2) in snow', 'at night', 'a dog in snow'],
    ['(a dog, at night:1.2)', 'at night', '(a dog:1.2)'],
    ['(a dog at:1.2) night', 'at night', '(a dog:1.2)'],
    ['a dog [[at night]], ink', 'at night', 'a dog, ink'],
    ['night at night at night', 'at night', 'night at night'],
    ['at night', 'at night', ''],
    [String.raw`a dog, \(ink\)`, 'ink', 'a dog'],
  ])('is taken away: %s', (caption, style, expected) => {
    expect(hasStyle(caption, style)).toBe(true);
    expect(withoutStyle(caption, style)?.caption).toBe(expected);
  });

  it.each([
    ['a dog at the night', 'at night'],
    ['a dog', 'at night'],
    ['a dog', ' '],
  ])('is not there: %s', (caption, style) => {
    expect(hasStyle(caption, style)).toBe(false);
    expect(withoutStyle(caption, style)).toBeNull();
  });

  it('says where each word has gone', () => {
    expect(withoutStyle('a dog, ink, on sand', 'ink')?.places).toEqual([0, 1, null, 2, 3]);
    expect(withStyle('a dog', 'ink', ', ')?.places).toEqual([0, 1]);
  });

  it('leaves every other word, and how strongly it counts, as it was', () => {
    const unit = fc.constantFrom('a', 'dog', 'ink', ' ', ' ', '(', ')', '[', ']', ':1.2)', '\\', '犬', ',', '.');
    const style = fc.constantFrom('ink', 'ink dog', '(ink:1.3) a', 'ink, [dog');
    fc.assert(
      fc.property(
        fc.string({ unit, maxLength: 16 }),
        style,
        fc.constantFrom(' ', ', '),
        (caption, words, separator) => {
          const added = withStyle(caption, words, separator);
          const weights = wordWeights(caption);
          if (added !== null) {
            expect(hasStyle(added.caption, words)).toBe(true);
            const kept = wordWeights(added.caption).slice(0, weights.length);
            for (const [word, weight] of kept.entries()) expect(weight).toBeCloseTo(weights[word] ?? 0, 6);
          }
          const taken = withoutStyle(caption, words);
          if (taken === null) return;
          const after = wordWeights(taken.caption);
          expect(after).toHaveLength(splitWords(caption).length - splitWords(words).length);
          for (const [word, place] of taken.places.entries())
            if (place !== null) expect(after[place]).toBeCloseTo(weights[word] ?? 0, 6);
        },
      ),
    );
  });
});
