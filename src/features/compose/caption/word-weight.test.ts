import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { composeStore, setComposition } from '../draft/compose-store.ts';
import { changeWeight, nextWeight, withWeight, wordWeights } from './word-weight.ts';

describe('another weight for a word', () => {
  it.each([
    ['a dog sits', 1, 1.2, 'a (dog:1.2) sits'],
    ['a dog, sits', 1, 1.2, 'a (dog:1.2), sits'],
    ['a (dog:1.2), sits', 1, 1.3, 'a (dog:1.3), sits'],
    ['a (dog:1.2), sits', 1, 1, 'a dog, sits'],
    ['a (dog) sits', 1, 1.2, 'a (dog:1.2) sits'],
    ['a [dog] sits', 1, 1, 'a dog sits'],
    ['a (red dog:1.2) sits', 2, 1.5, 'a (red (dog:1.25):1.2) sits'],
    ['a (red dog:1.2) sits', 2, 1, 'a (red (dog:0.83):1.2) sits'],
    [String.raw`\(dog\)`, 0, 1.5, String.raw`\((dog:1.5)\)`],
    ['犬が走る', 0, 1.5, '(犬:1.5)が走る'],
  ])('%s', (caption, word, weight, expected) => {
    expect(withWeight(caption, word, weight)).toBe(expected);
  });

  it.each([
    ['brackets that cut through it', 'a(b c)d', 0],
    ['nothing left by those around it', '(a b:0)', 0],
    ['a word that is not there', 'a', 3],
  ])('is refused for %s', (_, caption, word) => {
    expect(withWeight(caption, word, 1.5)).toBeNull();
  });

  it('leaves all other words as they were, in any caption', () => {
    const unit = fc.constantFrom('a', 'dog', ' ', ' ', '(', ')', '[', ']', ':1.2)', '\\', '犬', ',');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 20 }), fc.nat(5), (caption, word) => {
        const changed = withWeight(caption, word, 1.5);
        if (changed === null) return;
        const expected = wordWeights(caption).map((weight, index) => (index === word ? 1.5 : weight));
        for (const [index, weight] of wordWeights(changed).entries())
          expect(weight).toBeCloseTo(expected[index] ?? 0, 1);
      }),
    );
  });

  it('goes in steps, within limits, and back from beyond them', () => {
    expect([nextWeight(1.1, 1), nextWeight(1 / 1.1, -1), nextWeight(2, 1), nextWeight(99, -1)]).toEqual([
      1.2, 0.8, 2, 2,
    ]);
  });
});

describe('the caption', () => {
  const subject = { kind: 'embedding', id: 'x', name: 'x.pt', vectors: 1 } as const;

  beforeEach(() => {
    setComposition({ caption: 'a dog', pins: [{ word: 1, anchor: 'dog', hue: 0, subjects: [subject] }] });
  });

  it('keeps its pins where a word counts more', () => {
    expect(changeWeight(1, 1.3)).toBe(true);
    expect(composeStore.getState()).toMatchObject({ caption: 'a (dog:1.3)', pins: [{ word: 1, anchor: 'dog' }] });
  });
});
