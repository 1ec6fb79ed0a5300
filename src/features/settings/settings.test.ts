import { describe, expect, it } from 'vitest';
import { defaultSettings, fitSize, settingsSchema } from './settings.ts';
import { overlaySettings, readUrlParameters } from './url-parameters.ts';

const page = 'https://example.org/app/';

describe('URL parameters', () => {
  it('describe a whole run', () => {
    const query =
      '?caption=a+dog+on+the+beach&alpha=0.25&guidance=5&steps=30&seed=7&width=512&height=640&negative=blurry' +
      '&scheduler=ddim&eta=0.5&positions=all&count=2&provider=wasm&model=https%3A%2F%2Fmodels.example.org%2Fsd';
    expect(readUrlParameters(page + query)).toEqual({
      caption: 'a dog on the beach',
      settings: {
        alpha: 0.25,
        guidanceScale: 5,
        steps: 30,
        seed: 7,
        seedLocked: true,
        width: 512,
        height: 640,
        negativePrompt: 'blurry',
        scheduler: 'ddim',
        eta: 0.5,
        subjectPositions: 'all',
        count: 2,
      },
      model: 'https://models.example.org/sd/',
      provider: 'wasm',
      problems: [],
    });
  });

  it('are all optional', () => {
    expect(readUrlParameters(page)).toEqual({ caption: null, settings: {}, model: null, provider: null, problems: [] });
  });

  it.each([
    'alpha=1.5',
    'alpha=',
    'alpha=half',
    'guidance=0.5',
    'steps=0',
    'steps=1001',
    'steps=2.5',
    'seed=-1',
    'seed=4294967296',
    'width=32',
    'scheduler=magic',
    'eta=2',
    'positions=some',
    'count=17',
    'provider=cpu',
    'model=javascript:alert(1)',
    'model=ftp://x/y',
    'model=https://x/y?token=1',
  ])('are named and left out where they are wrong: %s', (query) => {
    const { settings, model, provider, problems } = readUrlParameters(`${page}?${query}&eta=0.1`);
    expect(problems.join()).toContain(query.split('=')[0]);
    expect(problems).toHaveLength(1);
    expect({ model, provider }).toEqual({ model: null, provider: null });
    expect(Object.keys(settings).filter((key) => key !== 'eta')).toEqual([]);
  });

  it('lie over the settings that were there', () => {
    const { settings } = readUrlParameters(`${page}?alpha=0.2`);
    expect(overlaySettings(defaultSettings, settings)).toEqual({ ...defaultSettings, alpha: 0.2 });
  });

  it('take a model address relative to the page', () => {
    expect(readUrlParameters(`${page}?model=models/tiny`).model).toBe('https://example.org/app/models/tiny/');
  });
});

describe('settings', () => {
  it('start valid', () => {
    expect(settingsSchema.safeParse(defaultSettings).success).toBe(true);
  });

  it.each([
    [null, 128],
    [100, 96],
    [512, 512],
    [1, 64],
    [5000, 1024],
  ])('fit a size of %s to the model: %s', (size, expected) => {
    expect(fitSize(size, { nativeSize: 128, sizeMultiple: 32 })).toBe(expected);
  });
});
