import { expect, it } from 'vitest';
import { defaultSettings } from '../settings/settings.ts';
import { readUrlParameters } from '../settings/url-parameters.ts';
import { linkOf } from './link.ts';
import type { Recipe } from './picture-record.ts';

const pin = {
  anchor: 'dog',
  hue: 0,
  word: 1,
  subjects: [{ kind: 'embedding', id: 'x', name: 'x.pt', vectors: 1 } as const],
};
const recipe: Recipe = {
  compose: { caption: 'a (dog:1.2) & “cat”', pins: [pin] },
  embeddings: [],
  settings: {
    ...defaultSettings,
    seed: 9,
    width: 128,
    height: 192,
    alpha: 0.25,
    longCaptions: true,
    negativePrompt: 'a=b&c',
  },
  guidanceMoved: false,
  model: { id: 'm', name: 'M' },
};

it('a link says in its fragment what the page then reads, and carries no picture', () => {
  const link = linkOf(recipe, 'https://example.org/pinword/?steps=3#compose');
  const { origin, pathname, search } = new URL(link);
  expect(`${origin}${pathname}${search}`).toBe('https://example.org/pinword/');
  const read = readUrlParameters(link);
  expect(read.caption).toBe(recipe.compose.caption);
  expect(read.settings).toEqual({
    seed: 9,
    seedLocked: true,
    width: 128,
    height: 192,
    alpha: 0.25,
    longCaptions: true,
    negativePrompt: 'a=b&c',
  });
  expect(read.problems).toEqual(['A link carries no pictures. Pin your own on “dog”.']);
  expect(link).not.toContain('x.pt');
});

it.each(['#compose', '', '#caption'])('the fragment %s is no settings', (hash) => {
  expect(readUrlParameters(`https://example.org/${hash}`)).toMatchObject({ caption: null, settings: {}, problems: [] });
});

it('a link with nonsense says so', () => {
  const { caption, settings, problems } = readUrlParameters(
    'https://example.org/#caption=a&steps=lots&pinned=7,x,-1&%=',
  );
  expect({ caption, settings }).toEqual({ caption: 'a', settings: {} });
  expect(problems).toHaveLength(1);
});
