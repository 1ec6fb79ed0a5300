import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { plainWord, splitWords } from '../../../../workers/api.ts';
import { carryPins, type Carried } from './carry-pins.ts';

interface TestPin {
  readonly word: number;
  readonly anchor: string;
}

const pin = (caption: string, word: number): TestPin => ({ word, anchor: plainWord(splitWords(caption)[word] ?? '') });

/** Types the captions one after the other, with pins on words of the first. */
function edit(captions: readonly string[], ...pinned: readonly number[]): Carried<TestPin> {
  const first = captions[0] ?? '';
  let state: Carried<TestPin> = { pins: pinned.map((word) => pin(first, word)), waiting: [] };
  for (let index = 1; index < captions.length; index += 1) {
    state = carryPins(splitWords(captions[index - 1] ?? ''), splitWords(captions[index] ?? ''), state);
  }
  return state;
}

/** @returns the words that are pinned at the end */
function type(captions: readonly string[], ...pinned: readonly number[]): readonly string[] {
  const last = splitWords(captions.at(-1) ?? '');
  return edit(captions, ...pinned).pins.map(({ word }) => `${word}:${last[word] ?? ''}`);
}

/** @returns the words to which pins belong that wait at the end */
function waiting(captions: readonly string[], ...pinned: readonly number[]): readonly string[] {
  return edit(captions, ...pinned).waiting.map(({ pin: { anchor } }) => anchor);
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
    ['another word pasted over it', ['a dog on the beach', 'a puppy on the beach'], ['1:puppy']],
    ['another word typed over it', ['a dog on', 'a p on', 'a pu on', 'a puppy on'], ['1:puppy']],
    ['erased, another word typed', ['a dog on', 'a do on', 'a d on', 'a  on', 'a c on', 'a cat on'], ['1:cat']],
    ['erased at the end', ['a dog', 'a d', 'a ', 'a', 'a ', 'a c', 'a cat'], ['1:cat']],
    ['typed over, then undone', ['a dog on', 'a cat on', 'a dog on'], ['1:dog']],
    ['in a script without spaces', ['犬が浜辺で走る', '猫が浜辺で走る'], ['1:が']],
  ])('keeps the pin: %s', (_, captions, expected) => {
    expect(type(captions, 1)).toEqual(expected);
  });

  it('lets a pin wait whose word was deleted, or gave way to several', () => {
    expect(type(['a dog on the beach', 'a on the beach'], 1)).toEqual([]);
    expect(waiting(['a dog on the beach', 'a on the beach'], 1)).toEqual(['dog']);
    expect(waiting(['a dog on the beach', 'a golden retriever on the beach'], 1)).toEqual(['dog']);
    expect(waiting(['a dog', ''], 1)).toEqual(['dog']);
  });

  it('never loses one: each is on a word or waits', () => {
    const { pins, waiting: left } = edit(['a dog and a cat', 'cars', 'a cat', 'boats everywhere'], 1, 4);
    expect([...pins.map(({ anchor }) => anchor), ...left.map(({ pin: { anchor } }) => anchor)].sort()).toEqual([
      'cat',
      'dog',
    ]);
  });

  it('does not hand a pin to a caption that is written again, nor to what is typed elsewhere', () => {
    expect(type(['a dog', '', 'T', 'The', 'The sea'], 1)).toEqual([]);
    expect(type(['a dog on', 'a on', 'a on sand'], 1)).toEqual([]);
    expect(type(['a dog on', 'a on', 'a on sand', 'a big on sand'], 1)).toEqual([]);
  });

  it('goes on waiting for the whole word while it is erased letter by letter', () => {
    expect(type(['the puppy here', 'the pup here', 'the p here', 'the here', 'here', 'here puppy'], 1)).toEqual([
      '1:puppy',
    ]);
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

  it('does not give a waiting pin to the same word where it stood unpinned all along', () => {
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
          const waits = edit(
            captions.map((list) => list.join(' ')),
            ...pinned,
          ).waiting.length;
          return (
            new Set(indices).size === indices.length &&
            indices.every((word) => word >= 0 && word < last) &&
            indices.length + waits === pinned.length
          );
        },
      ),
    );
  });
});
