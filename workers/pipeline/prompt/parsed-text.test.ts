import { expect, it } from 'vitest';

import { parseText } from './parsed-text.ts';
import { TriggerWords } from './trigger-words.ts';

const toy = { trigger: '<toy>' };
const piecesOf = (text: string) =>
  parseText(text, new TriggerWords([toy])).chunks.map(({ pieces }) =>
    pieces.map((piece) => [piece.text, piece.weight, piece.named?.trigger ?? null]),
  );

it('a chunk is cut where weights change, and where something is named', () => {
  expect(piecesOf('(ab:1.5)(cd:0.5)e fg (hi:2)<toy>(j <toy>k:3) l')).toEqual([
    [
      ['ab', 1.5, null],
      ['cd', 0.5, null],
      ['e', 1, null],
    ],
    [['fg', 1, null]],
    [
      ['hi', 2, null],
      ['<toy>', 1, '<toy>'],
      ['j', 3, null],
    ],
    [
      ['<toy>', 3, '<toy>'],
      ['k', 3, null],
    ],
    [['l', 1, null]],
  ]);
});

it('the words of every chunk lie within it', () => {
  const { chunks } = parseText('ab (犬が:1.5)走る cd', new TriggerWords([]));
  for (const { text, words } of chunks) {
    expect(words.map(({ start, end }) => text.slice(start, end)).join('')).toBe(text);
    expect(words.at(-1)?.end).toBe(text.length);
  }
  expect(chunks.map(({ text }) => text)).toEqual(['ab', '犬が走る', 'cd']);
});
