import { describe, expect, it } from 'vitest';
import { isAllowed, settingKeys, settingTable, type AnySetting } from '../../../workers/api.ts';
import { defaultSettings, fitSize, setSettings, settingsSchema, settingsStore } from './settings.ts';
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

  it('never repeats a password of the address', () => {
    const { model, problems } = readUrlParameters(
      `${page}?model=${encodeURIComponent('https://me:secret@a.example/m')}`,
    );
    expect(model).toBeNull();
    expect(problems.join(' ')).toMatch(/without a user name or password/u);
    expect(problems.join(' ')).not.toContain('secret');
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

/** Values at and past the ends of a row, and of other types. */
function trials(row: AnySetting): readonly unknown[] {
  const others = [true, false, '', 'text', null, NaN, {}, undefined, '0'];
  if (row.kind === 'number') return [...others, row.min, row.max, row.min - 1, row.max + 1, row.min + 0.5];
  return row.kind === 'choice' ? [...others, ...Object.keys(row.choices), 'toString'] : others;
}

describe.each(settingKeys)('the row of %s', (key) => {
  const row: AnySetting = settingTable[key];

  it('is what the form stores and reads', () => {
    for (const value of trials(row)) {
      const parsed = settingsSchema.safeParse({ ...defaultSettings, [key]: value });
      expect(parsed.success, String(value)).toBe(value === undefined || isAllowed(row, value));
    }
  });

  it('is what the address reads', () => {
    const { name } = row;
    if (name === null) return;
    for (const value of trials(row).filter((trial) => typeof trial === 'number' || typeof trial === 'string')) {
      const { settings, problems } = readUrlParameters(`${page}?${name}=${encodeURIComponent(value)}`);
      const meant = row.kind !== 'number' ? String(value) : value === '' ? NaN : Number(value);
      expect(settings[key], String(value)).toBe(isAllowed(row, meant) ? meant : undefined);
      expect(problems).toHaveLength(isAllowed(row, meant) ? 0 : 1);
    }
  });
});

describe('settings', () => {
  it('have one name each', () => {
    const names = settingKeys.map((key) => settingTable[key].name).filter((name) => name !== null);
    expect(new Set(names).size).toBe(names.length);
  });

  it('keep their quality with another scheduler, and their steps where these are none of the qualities', () => {
    settingsStore.setState({ ...defaultSettings, steps: 25, scheduler: 'ddim' });
    setSettings({ scheduler: 'lcm' });
    expect(settingsStore.getState().steps).toBe(6);
    setSettings({ steps: 17, scheduler: 'euler' });
    setSettings({ scheduler: 'lcm' });
    expect(settingsStore.getState().steps).toBe(17);
  });

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
