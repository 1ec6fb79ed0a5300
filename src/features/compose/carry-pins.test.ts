import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { textParts, plainWord, splitWords } from '../../../workers/api.ts';
import { alignWords, carryPins, type Carried } from './carry-pins.ts';

interface TestPin {
  readonly word: number;
  readonly anchor: string;
}

const pin = (caption: string, word: number): TestPin => ({ word, anchor: plainWord(splitWords(caption)[word] ?? '') });

/** Types the captions one after the other. @returns the words that are pinned at the end. */
function type(captions: readonly string[], ...pinned: readonly number[]): readonly string[] {
  const first = captions[0] ?? '';
  let state: Carried<TestPin> = { pins: pinned.map((word) => pin(first, word)), parked: [] };
  for (let index = 1; index < captions.length; index += 1) {
    state = carryPins(splitWords(captions[index - 1] ?? ''), splitWords(captions[index] ?? ''), state);
  }
  const last = splitWords(captions.at(-1) ?? '');
  return state.pins.map(({ word }) => `${word}:${last[word] ?? ''}`);
}

describe('editing the caption', () => {
  it.each([
    ['a word put in before', ['a dog on the beach', 'a small dog on the beach'], ['2:dog']],
    ['a word taken out before', ['a dog on the beach', 'dog on the beach'], ['0:dog']],
    ['words after it changed', ['a dog on the beach', 'a dog in snow'], ['1:dog']],
    ['a comma typed on it', ['a dog on the beach', 'a dog, on the beach'], ['1:dog,']],
    ['letters typed on it', ['a dog on the beach', 'a dogs on the beach'], ['1:dogs']],
    ['letters taken off it', ['a dog on the beach', 'a do on the beach'], ['1:do']],
    ['its case changed', ['a dog on the beach', 'a Dog on the beach'], ['1:Dog']],
    ['moved behind other words', ['a dog and cat', 'cat and dog', 'cat and a dog'], ['3:dog']],
    ['a space typed at the end', ['a dog', 'a dog '], ['1:dog']],
  ])('keeps the pin: %s', (_, captions, expected) => {
    expect(type(captions, 1)).toEqual(expected);
  });

  it('takes the pin off a word that was replaced by another', () => {
    expect(type(['a dog on the beach', 'a cat on the beach'], 1)).toEqual([]);
  });

  it('takes the pin off a word that was deleted', () => {
    expect(type(['a dog on the beach', 'a on the beach'], 1)).toEqual([]);
  });

  it('brings the pin back by undo, and letter by letter', () => {
    expect(type(['a dog on', 'a cat on', 'a dog on'], 1)).toEqual(['1:dog']);
    expect(type(['a dog on', 'a  on', 'a d on', 'a do on', 'a dog on'], 1)).toEqual(['1:dog']);
    expect(type(['a dog on', '', 'a', 'a dog'], 1)).toEqual(['1:dog']);
  });

  it('keeps each of two pins on its own word', () => {
    expect(type(['a dog and a dog', 'a big dog and a dog'], 1, 4)).toEqual(['2:dog', '5:dog']);
    expect(type(['a dog and a cat', 'a cat'], 1, 4)).toEqual(['1:cat']);
  });

  it('does not give a parked pin to the same word where it stood unpinned all along', () => {
    expect(type(['a dog and a dog', 'a dog and a'], 4)).toEqual([]);
  });

  it('never puts two pins on a word nor a pin outside the caption', () => {
    const caption = fc.array(fc.constantFrom('a', 'dog', 'cat', 'do', 'dogs', 'the,'), { maxLength: 8 });
    fc.assert(
      fc.property(
        fc.array(caption, { minLength: 2, maxLength: 6 }),
        fc.nat(7),
        fc.nat(7),
        (captions, first, second) => {
          const words = captions[0] ?? [];
          const pinned = [...new Set([first, second])].filter((word) => word < words.length);
          const result = type(
            captions.map((list) => list.join(' ')),
            ...pinned,
          );
          const indices = result.map((entry) => Number(entry.split(':')[0]));
          const last = captions.at(-1)?.length ?? 0;
          return new Set(indices).size === indices.length && indices.every((word) => word >= 0 && word < last);
        },
      ),
    );
  });
});

describe('aligning words', () => {
  it('keeps the order and aligns only words that are alike', () => {
    const list = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 });
    fc.assert(
      fc.property(list, list, (before, after) => {
        const found = alignWords(before, after)
          .map((to, from) => ({ from, to }))
          .filter(({ to }) => to !== null);
        return found.every(({ from, to }, index) => {
          const next = found[index + 1]?.to ?? Infinity;
          return before[from] === after[to ?? -1] && (to ?? -1) < next;
        });
      }),
    );
  });

  it('aligns a list with itself word for word', () => {
    expect(alignWords(['a', 'a', 'b'], ['a', 'a', 'b'])).toEqual([0, 1, 2]);
  });
});

describe('splitting a caption', () => {
  it('gives parts that join to the caption, with its words numbered', () => {
    fc.assert(
      fc.property(fc.string(), (caption) => {
        const parts = textParts(caption);
        const words = parts.filter(({ word }) => word !== null);
        return (
          parts.map(({ text }) => text).join('') === caption &&
          words.every(({ text, word }, index) => word === index && text === splitWords(caption)[index]) &&
          words.length === splitWords(caption).length
        );
      }),
    );
  });

  it('compares words without case and punctuation at the ends', () => {
    expect(plainWord('“Dog’s,”')).toBe('dog’s');
  });
});
