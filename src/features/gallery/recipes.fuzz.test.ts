import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cases, changedJson, mutate, mutations } from '../../../workers/testing/files/fuzz.ts';
import { defaultSettings } from '../settings/settings.ts';
import { isBounded } from './foreign-recipe.ts';
import { fileName, parametersText, pictureMetadata, readRecipe } from './metadata.ts';
import type { Recipe } from './picture-record.ts';

const options = { numRuns: cases };

const recipe: Recipe = {
  compose: {
    caption: 'a dog on the beach',
    pins: [
      {
        word: 1,
        anchor: 'dog',
        hue: 200,
        subjects: [
          {
            kind: 'picture',
            id: 'f'.repeat(64),
            name: 'dog.png',
            width: 64,
            height: 64,
            sample: null,
            region: { x: 0, y: 0, size: 64 },
          },
        ],
      },
    ],
  },
  embeddings: [],
  settings: { ...defaultSettings, width: 256, height: 256, seed: 7 },
  guidanceMoved: false,
  model: { id: 'embedded', name: 'Picture book' },
};
const json = JSON.stringify({ version: 2, data: recipe });

/** Whatever comes out of a file is no recipe, or one that all that shows it can work with. */
function use(text: string): void {
  const read = readRecipe([{ keyword: 'pinword', text }]);
  if (read === null) return;
  expect(typeof isBounded(read)).toBe('boolean');
  expect(fileName(read)).toMatch(/^[^/\\]{1,200}\.png$/u);
  expect(parametersText(read)).toContain('Version: Pinword');
  expect(readRecipe(pictureMetadata(read))).toEqual(read);
}

const changed = changedJson({ version: 2, data: recipe }).map((value) => JSON.stringify(value));

describe('a recipe in a PNG', () => {
  it('is one of ours as it stands', () => {
    expect(readRecipe([{ keyword: 'pinword', text: json }])).toMatchObject(recipe);
  });

  it('with any value in any place is read whole or not at all', () => {
    fc.assert(fc.property(changed, use), options);
  });

  it('that is damaged, or anything else, is read whole or not at all', () => {
    const damaged = mutations.map((mutation) => Buffer.from(mutate(Buffer.from(json), mutation)).toString());
    fc.assert(fc.property(fc.oneof(damaged, fc.json(), fc.string()), use), options);
  });

  it('with any caption and negative prompt is written so that it reads back', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 60 });
    fc.assert(
      fc.property(text, text, (caption, negativePrompt) => {
        const written: Recipe = {
          ...recipe,
          compose: { caption, pins: [] },
          settings: { ...recipe.settings, negativePrompt },
        };
        expect(readRecipe(pictureMetadata(written))).toEqual(written);
      }),
      options,
    );
  });
});
