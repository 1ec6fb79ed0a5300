import { describe, expect, it } from 'vitest';

import { defaultLook, type Pin, type Subject } from '../../api.ts';
import type { RunSettings } from '../../contract/settings.ts';
import { detailingPins, speakingPins, type Voices } from './pin-voices.ts';

const picture: Subject = { kind: 'picture', image: new Blob(), hash: 'a', region: null };
const embedding: Subject = { kind: 'embedding', file: new File([], 'cat-toy.bin') };
const pin = (word: number, subjects: readonly Subject[], on = true): Pin => ({
  word,
  subjects,
  look: { ...defaultLook, on },
  area: null,
});

/** The words of pins that speak as words, and of those that speak by their look. */
function speaking(pins: readonly Pin[], pinVoices: RunSettings['pinVoices'], model: Voices): [number[], number[]] {
  const { words, looks } = speakingPins({ pins, pinVoices }, model);
  return [words.map(({ word }) => word), looks.map(({ word }) => word)];
}

const both = { word: true, look: true };
const wordOnly = { word: true, look: false };
const lookOnly = { word: false, look: true };
const neither = { word: false, look: false };

describe('a pinned picture', () => {
  it.each<[RunSettings['pinVoices'], Voices, [number[], number[]]]>([
    ['both', both, [[1], [1]]],
    ['word', both, [[1], []]],
    ['look', both, [[], [1]]],
    ['both', wordOnly, [[1], []]],
    ['look', wordOnly, [[1], []]],
    ['both', lookOnly, [[], [1]]],
    // Refused by name where the words are encoded.
    ['word', lookOnly, [[1], []]],
    ['both', neither, [[1], []]],
  ])('asked to speak as %s by a model with %o speaks as word and by look: %j', (voices, model, expected) => {
    expect(speaking([pin(1, [picture])], voices, model)).toEqual(expected);
  });

  it('has no look where that is off', () => {
    expect(speaking([pin(1, [picture], false)], 'both', both)).toEqual([[1], []]);
    expect(speaking([pin(1, [picture], false)], 'look', both)).toEqual([[], []]);
  });
});

describe('a pinned embedding', () => {
  it('speaks as words, whatever is asked', () => {
    expect(speaking([pin(2, [embedding])], 'look', both)).toEqual([[2], []]);
  });

  it('beside a picture leaves the look to the picture', () => {
    const { words, looks } = speakingPins({ pins: [pin(2, [embedding, picture])], pinVoices: 'look' }, both);
    expect(words[0]?.subjects).toEqual([embedding]);
    expect(looks[0]?.pictures).toEqual([picture]);
  });
});

it('a look keeps its place among all pins of the request', () => {
  const { looks } = speakingPins({ pins: [pin(1, [embedding]), pin(4, [picture])], pinVoices: 'both' }, both);
  expect(looks[0]).toMatchObject({ pin: 1, word: 4 });
});

describe('fine detail', () => {
  const detailed = (strength: number): Pin => ({ ...pin(1, [embedding, picture]), detail: { strength } });

  it('is that of the pictures alone, whatever else the pin says', () => {
    expect(detailingPins({ pins: [pin(0, [picture]), detailed(0.5)], alpha: 0.5 })).toEqual([
      { pin: 1, word: 1, area: null, pictures: [picture] },
    ]);
  });

  it('is not there at strength 0, at α = 0, and of embeddings', () => {
    expect(detailingPins({ pins: [detailed(0)], alpha: 1 })).toEqual([]);
    expect(detailingPins({ pins: [detailed(1)], alpha: 0 })).toEqual([]);
    expect(detailingPins({ pins: [{ ...pin(1, [embedding]), detail: { strength: 1 } }], alpha: 1 })).toEqual([]);
  });
});
