import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../settings/settings.ts';
import { fileName, parametersText, pictureMetadata, readRecipe } from './metadata.ts';
import type { Recipe } from './picture-record.ts';

const recipe: Recipe = {
  compose: {
    caption: 'a dog on the beach',
    pins: [
      {
        word: 1,
        anchor: 'dog',
        hue: 0,
        subjects: [
          {
            kind: 'picture',
            id: 'abc',
            name: 'rex.png',
            width: 10,
            height: 20,
            region: { x: 0, y: 5, size: 10 },
            sample: null,
          },
        ],
      },
    ],
  },
  embeddings: [],
  settings: { ...defaultSettings, seed: 7, steps: 25, width: 128, height: 192, negativePrompt: 'rain, fog' },
  guidanceMoved: false,
  model: { id: 'embedded', name: 'Picture book: small' },
};

describe('settings inside a PNG', () => {
  it('are written as A1111 writes them', () => {
    expect(parametersText(recipe)).toBe(
      'a dog on the beach\nNegative prompt: rain, fog\n' +
        'Steps: 25, Sampler: DDIM, CFG scale: 7.5, Seed: 7, Size: 128x192, Model: "Picture book: small", RNG: CPU, ' +
        'Fuse ratio: 0.5, Subject positions: Only the pinned words, Pinned words: 1=dog (rex.png), Version: Pinword',
    );
  });

  it('tell η only of the scheduler that reads it, and where it is not 0', () => {
    const withEta = { ...recipe.settings, eta: 0.5 };
    expect(parametersText({ ...recipe, settings: withEta })).toContain(', Eta DDIM: 0.5, ');
    expect(parametersText({ ...recipe, settings: { ...withEta, scheduler: 'euler' } })).not.toContain('Eta');
    expect(parametersText(recipe)).not.toContain('Eta');
  });

  it('tell of reused features where there are any', () => {
    expect(parametersText(recipe)).not.toContain('DeepCache');
    const settings = { ...recipe.settings, reuseInterval: 3 };
    expect(parametersText({ ...recipe, settings })).toContain(', DeepCache interval: 3, ');
  });

  it('tell of the tiny decoder where it finished the picture', () => {
    const settings = { ...recipe.settings, autoencoder: 'tiny', previews: 'tiny' } as const;
    const model = { ...recipe.model, tiny: 'madebyollin/taesd' };
    const text = parametersText({ ...recipe, settings, model });
    expect(text).toContain(', Decoder: Tiny (quick), ');
    expect(text).toContain(', Tiny autoencoder: madebyollin/taesd, ');
    const beside = parametersText({ ...recipe, settings: { ...settings, autoencoder: 'full' }, model });
    expect(beside).not.toMatch(/Decoder|Tiny|Previews/u);
    expect(readRecipe(pictureMetadata({ ...recipe, settings, model }))).toMatchObject({ settings, model });
  });

  it('tell what the run started from, and how much of the noise is of another seed', () => {
    const from = { picture: { id: 'a', name: 'rex.png', width: 8, height: 8 }, mask: { id: 'b' } };
    const settings = { ...recipe.settings, strength: 0.6, variation: 0.25, variationSeed: 9 };
    const text = parametersText({ ...recipe, settings, start: from });
    expect(text).toContain(', Denoising strength: 0.6, Variation seed strength: 0.25, Variation seed: 9, ');
    expect(text).toContain(', Started from: rex.png (marked part), ');
    expect(parametersText({ ...recipe, settings: { ...settings, variation: 0 } })).not.toMatch(/strength|Variation/u);
    expect(readRecipe(pictureMetadata({ ...recipe, start: from }))?.start).toEqual(from);
  });

  it('of a picture from before there was a setting are read with it as it begins', () => {
    const { eta, ...earlier } = recipe.settings;
    const text = JSON.stringify({ version: 1, data: { ...recipe, settings: earlier } });
    expect(readRecipe([{ keyword: 'pinword', text }])?.settings.eta).toBe(eta);
  });

  it('say nothing of pins where there are none', () => {
    const text = parametersText({ ...recipe, compose: { caption: 'a cat', pins: [] } });
    expect(text).not.toMatch(/Fuse|Pinned/);
  });

  it('name the embeddings that the text names', () => {
    const toy = { id: 'f00', name: 'toys, v2.pt', trigger: 'toy-style', vectors: 3, dimension: 768 };
    const named = { ...recipe, embeddings: [toy] };
    expect(parametersText(named)).toContain('RNG: CPU, Embeddings: "toy-style (toys, v2.pt)", ');
    expect(readRecipe(pictureMetadata(named))).toEqual(named);
  });

  it('of a picture from before there were embeddings are read with none', () => {
    const { embeddings, ...earlier } = recipe;
    expect(
      readRecipe([{ keyword: 'pinword', text: JSON.stringify({ version: 1, data: earlier }) }])?.embeddings,
    ).toEqual(embeddings);
  });

  it('tell looks and places where an adapter was loaded, as the unattended command takes them', () => {
    const { caption, pins } = recipe.compose;
    const placed = pins.map((pin) => ({
      ...pin,
      look: { on: true, strength: 0.8, role: 'style' as const },
      area: { x: 0.1, y: 0.2, width: 0.3, height: 0.4 },
    }));
    const other = { ...recipe, compose: { caption, pins: placed }, model: { ...recipe.model, look: 'plus' } };
    const text = parametersText(other);
    expect(text).toContain('Model: "Picture book: small", IP-Adapter: plus, RNG: CPU');
    expect(text).toContain('Pin voices: As a word and by its look, Look bound to word: true, ');
    expect(text).toContain('Looks: 1=0.8 style, Regions: "1=0.1,0.2,0.3,0.4", Version');
    expect(readRecipe(pictureMetadata(other))).toEqual(other);
    expect(parametersText(recipe)).not.toMatch(/Look|Region|voices/);
  });

  it('tell fine detail that is copied, and where it may be, with or without an adapter', () => {
    const { caption, pins } = recipe.compose;
    const detailed = (on: boolean) => ({
      ...recipe,
      compose: {
        caption,
        pins: pins.map((pin) => ({
          ...pin,
          detail: { on, strength: 0.8 },
          area: { x: 0, y: 0, width: 0.5, height: 1 },
        })),
      },
    });
    expect(parametersText(detailed(true))).toContain('Fine detail: 1=0.8, Regions: "1=0,0,0.5,1", Version');
    expect(readRecipe(pictureMetadata(detailed(true)))).toEqual(detailed(true));
    expect(parametersText(detailed(false))).not.toMatch(/Fine detail|Region/);
  });

  it('say that α was moved', () => {
    expect(parametersText({ ...recipe, guidanceMoved: true })).toContain('Fuse ratio: 0.5, ');
    expect(parametersText({ ...recipe, guidanceMoved: true })).toContain('Guidance: moved while forming');
  });

  it('are read back whole', () => {
    expect(readRecipe(pictureMetadata(recipe))).toEqual(recipe);
  });

  it.each([
    ['no chunk of ours', [{ keyword: 'parameters', text: 'x' }]],
    ['broken JSON', [{ keyword: 'pinword', text: '{' }]],
    ['a recipe of a newer version', [{ keyword: 'pinword', text: '{"version":99,"data":{}}' }]],
    [
      'values out of range',
      [
        {
          keyword: 'pinword',
          text: JSON.stringify({ version: 1, data: { ...recipe, settings: { ...recipe.settings, steps: 0 } } }),
        },
      ],
    ],
  ])('give null for %s', (_, chunks) => {
    expect(readRecipe(chunks)).toBeNull();
  });
});

describe('the file name of a download', () => {
  it('says what the picture shows', () => {
    expect(fileName(recipe)).toBe('pinword-a-dog-on-the-beach-7.png');
  });

  it('is safe for any caption', () => {
    const compose = { caption: '../ “évil” / name?'.repeat(20), pins: [] };
    expect(fileName({ ...recipe, compose })).toMatch(/^pinword-[\p{L}\p{N}-]{1,60}-7\.png$/u);
    expect(fileName({ ...recipe, compose: { caption: '…', pins: [] } })).toBe('pinword-7.png');
  });
});
