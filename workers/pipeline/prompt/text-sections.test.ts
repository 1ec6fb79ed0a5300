import { describe, expect, it } from 'vitest';

import type { Span } from '../../contract/span.ts';
import { sectionsOf } from './text-sections.ts';

const comma = 44;
const letter = 97;

/** Tokens that are letters but for commas at some places. */
const letters = (length: number, commas: readonly number[] = []): number[] =>
  Array.from({ length }, (_, index) => (commas.includes(index) ? comma : letter));

const cut = (
  ids: readonly number[],
  room: number,
  { embeddings = [], breaks = [] }: { embeddings?: readonly Span[]; breaks?: readonly number[] } = {},
): number[][] =>
  sectionsOf({ ids, embeddings, breaks }, { limit: room + 2, commaId: comma }, 'many').map(({ start, end }) => [
    start,
    end,
  ]);

describe('a full section', () => {
  it.each([
    ['among its last 20 tokens', 15, 16],
    ['right before the last 20', 10, 11],
    ['further back', 9, 30],
    ['as its last token', 29, 30],
  ])('with a comma %s ends accordingly', (_, place, end) => {
    expect(cut(letters(40, [place]), 30)).toEqual([
      [0, end],
      [end, 40],
    ]);
  });

  it('followed by a comma ends before it, and that comma ends no other', () => {
    expect(cut(letters(15, [5]), 5)).toEqual([
      [0, 5],
      [5, 10],
      [10, 15],
    ]);
  });

  it('behind another may end at a comma too', () => {
    expect(cut(letters(70, [45]), 30)).toEqual([
      [0, 30],
      [30, 46],
      [46, 70],
    ]);
  });

  it('that the text just fills ends at no comma', () => {
    expect(cut(letters(5, [2]), 5)).toEqual([[0, 5]]);
  });

  it('has no empty one behind it where the text ends with it', () => {
    expect(cut(letters(10), 5)).toEqual([
      [0, 5],
      [5, 10],
    ]);
  });

  it('is one of ten at most', () => {
    expect(cut(letters(60), 5)).toHaveLength(10);
  });
});

describe('an embedding', () => {
  it('that does not fit whole begins the next section', () => {
    expect(cut(letters(8), 5, { embeddings: [{ start: 3, end: 6 }] })).toEqual([
      [0, 3],
      [3, 8],
    ]);
  });

  it('longer than a section is cut where that is full', () => {
    expect(cut(letters(12), 5, { embeddings: [{ start: 2, end: 10 }] })).toEqual([
      [0, 2],
      [2, 7],
      [7, 12],
    ]);
  });

  it('is no comma, whatever stands in its place', () => {
    expect(cut(letters(7, [2]), 5, { embeddings: [{ start: 2, end: 3 }] })).toEqual([
      [0, 5],
      [5, 7],
    ]);
  });
});

describe('BREAK', () => {
  it('as the last word leaves no empty section', () => {
    expect(cut(letters(2), 5, { breaks: [2] })).toEqual([[0, 2]]);
  });

  it('leaves an empty one where two of them are the last words', () => {
    expect(cut(letters(2), 5, { breaks: [2, 2] })).toEqual([
      [0, 2],
      [2, 2],
    ]);
  });

  it.each([
    [3, 3, 8],
    [0, 0, 5],
  ])('before token %i ends a section of a text that is longer than one', (place, end, next) => {
    expect(cut(letters(8), 5, { breaks: [place] }).slice(0, 2)).toEqual([
      [0, end],
      [end, next],
    ]);
  });

  it('as the first word leaves an empty one, and so do two of them', () => {
    expect(cut(letters(2), 5, { breaks: [0, 1, 1] })).toEqual([
      [0, 0],
      [0, 1],
      [1, 1],
      [1, 2],
    ]);
  });
});

it('a text without tokens is one empty section', () => {
  expect(cut([], 5)).toEqual([[0, 0]]);
});
