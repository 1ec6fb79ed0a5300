import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { literalText, plainText, readWeights, weightsAt } from './prompt-weights.ts';
import { splitWords, textParts } from './words.ts';

const weighed = (text: string) => {
  const { plain, runs } = readWeights(text);
  return runs.map(({ start, end, weight }) => [plain.slice(start, end), weight]);
};

describe('weights in a text', () => {
  it.each([
    ['normal text', [['normal text', 1]]],
    [
      'an (important) word',
      [
        ['an ', 1],
        ['important', 1.1],
        [' word', 1],
      ],
    ],
    ['(unbalanced', [['unbalanced', 1.1]]],
    [String.raw`\(literal\]`, [['(literal]', 1]]],
    ['(unnecessary)(parens)', [['unnecessaryparens', 1.1]]],
    [
      'a (((house:1.3)) [on] a (hill:0.5), sun, (((sky))).',
      [
        ['a ', 1],
        ['house', 1.5730000000000004],
        [' ', 1.1],
        ['on', 1],
        [' a ', 1.1],
        ['hill', 0.55],
        [', sun, ', 1.1],
        ['sky', 1.4641000000000006],
        ['.', 1.1],
      ],
    ],
  ])('of %s are as A1111’s own documentation prints them', (text, expected) => {
    expect(weighed(text)).toEqual(expected);
  });

  it.each([
    ['a weight as large as anybody likes', '(a:99)', [['a', 99]]],
    ['a weight below zero', '(a:-.5)', [['a', -0.5]]],
    ['brackets that close nothing', 'a) b]', [['a) b]', 1]]],
    ['a weight that closes nothing', 'ratio 16:9)', [['ratio 16:9)', 1]]],
    ['a colon alone', 'a: b', [['a: b', 1]]],
    ['a weight in square brackets', '[a:0.5]', [['a:0.5', 1 / 1.1]]],
    ['a weight that is no number', '(a:1.2.3)', [['a:1.2.3', 1.1]]],
    ['a weight that is no number and closes nothing', 'a:..)', [['a:..)', 1]]],
    ['a backslash before another letter', String.raw`a\b`, [['ab', 1]]],
    [
      'a backslash of the text',
      String.raw`a\\(b)`,
      [
        ['a\\', 1],
        ['b', 1.1],
      ],
    ],
    ['nothing in brackets', '()', []],
    ['nothing', '', []],
  ])('%s', (_, text, expected) => {
    expect(weighed(text)).toEqual(expected);
  });

  it('say how a character counts', () => {
    expect(weightsAt(readWeights('a (dog:1.5) b'), [0, 2, 4, 6])).toEqual([1, 1.5, 1.5, 1]);
  });
});

const unit = fc.constantFrom('a', 'dog', ' ', '(', ')', '[', ']', ':', '1.2', ':1.2)', '\\', '犬', 'が', '😀', ',');
const texts = fc.string({ unit, maxLength: 30 });

describe('any text', () => {
  it('can be written so that it means itself', () => {
    fc.assert(
      fc.property(texts, (text) => {
        expect(plainText(literalText(text))).toBe(text);
        expect(readWeights(literalText(text)).runs.every(({ weight }) => weight === 1)).toBe(true);
      }),
    );
  });

  it('is its words and what lies between them', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const parts = textParts(text);
        expect(parts.map((part) => part.text).join('')).toBe(text);
        const words = parts.filter(({ word }) => word !== null);
        expect(words.map(({ word }) => word)).toEqual(splitWords(text).map((_, index) => index));
      }),
    );
  });
});

describe('words with weights', () => {
  it.each([
    ['a (red dog:1.3), [sits]', ['a', 'red', 'dog,', 'sits']],
    ['(a( b)c )d', ['a', 'bc', 'd']],
    [String.raw`\(a\) dog`, ['(a)', 'dog']],
    ['(red dog :1.3) sits', ['red', 'dog', 'sits']],
    ['(犬:1.2)が走る', ['犬', 'が', '走る']],
    ['a ( ) b', ['a', 'b']],
  ])('of %s are those of the plain text', (text, words) => {
    expect(splitWords(text)).toEqual(words);
  });

  it('keep their place in the written text', () => {
    expect(textParts(String.raw`(red dog:1.3) \(x\)`)).toEqual([
      { text: '(', word: null },
      { text: 'red', word: 0 },
      { text: ' ', word: null },
      { text: 'dog', word: 1 },
      { text: ':1.3) ', word: null },
      { text: String.raw`\(x\)`, word: 2 },
    ]);
  });
});

describe('brackets without end', () => {
  it.each([
    ['(a:', '(', 1.1 ** 100],
    ['[a', '[', 1.1 ** -100],
  ])(
    'of %s cost no more than their number: a hundred are open at once, the others are text',
    (unit, bracket, weight) => {
      const { plain, runs } = readWeights(unit.repeat(2000));
      expect(runs.at(-1)?.weight).toBeCloseTo(weight, 5);
      expect(plain.split(bracket)).toHaveLength(2000 - 100 + 1);
    },
  );

  it('are those of the text where a hundred and fifty lie in each other', () => {
    const { plain, runs } = readWeights(`${'('.repeat(150)}a${')'.repeat(150)}b`);
    expect(plain).toBe(`${'('.repeat(50)}a${')'.repeat(50)}b`);
    expect(runs.at(-1)).toMatchObject({ weight: 1 });
  });
});
