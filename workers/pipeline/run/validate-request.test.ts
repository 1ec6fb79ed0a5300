import { describe, expect, it } from 'vitest';

import { defaultLook, type CaptionTokens, type GenerateRequest, type Pin, type PinLook } from '../../api.ts';
import { PinwordError } from '../../errors.ts';
import { validateCaption, validateSettings } from './validate-request.ts';

const good: GenerateRequest = {
  caption: 'a dog',
  negativePrompt: '',
  pins: [],
  subjectPositions: 'pinned',
  pinVoices: 'both',
  boundToWord: true,
  scheduler: 'ddim',
  alpha: 0.5,
  guidanceScale: 7.5,
  steps: 25,
  reuseInterval: 1,
  autoencoder: 'full',
  previews: 'linear',
  guidanceOverTime: 'paper',
  eta: 0,
  strength: 0.75,
  variation: 0,
  variationSeed: 0,
  seed: 7,
  width: 128,
  height: 128,
  clipSkip: 1,
  longCaptions: false,
  count: 1,
  checkResult: true,
  embeddings: [],
};
const sizeMultiple = 32;
const tokens: CaptionTokens = {
  words: [
    { text: 'a', positions: [1], tokenCount: 1, cutOff: false, embeddings: [] },
    { text: 'dog', positions: [], tokenCount: 1, cutOff: true, embeddings: [] },
  ],
  tokenCount: 4,
  limit: 77,
};

function thrown(check: () => void): PinwordError | null {
  try {
    check();
    return null;
  } catch (error) {
    if (error instanceof PinwordError) return error;
    throw error;
  }
}

describe('settings', () => {
  it.each([
    [{ from: 0, to: 0.3 }, true],
    [{ from: 0.4, to: 1 }, true],
    [{ from: 0.4, to: 0.4 }, false],
    [{ from: -0.1, to: 1 }, false],
    [{ from: 0, to: 1.1 }, false],
    [{ from: 0, to: Number.NaN }, false],
  ])('hold on a part of the way: %j is accepted: %s', (alpha, accepted) => {
    const guidanceSchedule = { alpha, guidanceScale: { from: 0, to: 1 } };
    const error = thrown(() => {
      validateSettings({ ...good, guidanceSchedule }, sizeMultiple);
    });
    expect(error?.code ?? null).toBe(accepted ? null : 'setting-out-of-range');
  });

  it('are accepted at both ends of their ranges', () => {
    expect(
      thrown(() => {
        validateSettings(
          { ...good, alpha: 0, guidanceScale: 1, steps: 1, reuseInterval: 1, seed: 0, width: 32 },
          sizeMultiple,
        );
      }),
    ).toBeNull();
    expect(
      thrown(() => {
        validateSettings(
          { ...good, alpha: 1, guidanceScale: 30, steps: 1000, reuseInterval: 10, seed: 2 ** 32 - 1, height: 1024 },
          sizeMultiple,
        );
      }),
    ).toBeNull();
  });

  it.each([
    [{ alpha: 1.01 }, /Text or subject .* number from 0 to 1;/],
    [{ alpha: Number.NaN }, /Text or subject .* NaN/],
    [{ guidanceScale: 0.5 }, /Guidance scale/],
    [{ steps: 0 }, /Steps. must be a whole number from 1 to 1000; 0 is not/],
    [{ steps: 2.5 }, /whole number/],
    [{ seed: -1 }, /Seed/],
    [{ seed: 2 ** 32 }, /Seed/],
    [{ width: 100 }, /multiple of 32/],
    [{ height: 1056 }, /Height/],
    [{ count: 0 }, /Pictures/],
    [{ eta: 2 }, /eta/],
    [{ reuseInterval: 0 }, /Reuse of deep features/],
    [{ reuseInterval: 5, steps: 4 }, /Reuse of deep features. must be at most the number of steps, 4; 5 is not/],
  ])('out of range are refused by name: %o', (change, words) => {
    const error = thrown(() => {
      validateSettings({ ...good, ...change }, sizeMultiple);
    });
    expect(error?.code).toBe('setting-out-of-range');
    expect(error?.message).toMatch(words);
  });
});

describe('captions', () => {
  const picture = { kind: 'picture', image: new Blob(), hash: '', region: null } as const;
  const pin = { word: 0, subjects: [picture], look: defaultLook, area: null } as const;

  it('must not be empty', () => {
    expect(
      thrown(() => {
        validateCaption(good, { ...tokens, words: [] });
      })?.code,
    ).toBe('empty-caption');
  });

  it('must have the pinned word', () => {
    expect(
      thrown(() => {
        validateCaption({ ...good, pins: [{ ...pin, word: 2 }] }, tokens);
      })?.code,
    ).toBe('pin-out-of-range');
  });

  it('must have something pinned to a pinned word', () => {
    const error = thrown(() => {
      validateCaption({ ...good, pins: [{ ...pin, subjects: [] }] }, tokens);
    });
    expect(error?.code).toBe('pin-without-subject');
    expect(error?.message).toBe(
      'Nothing is pinned to “a”. Choose a picture or an embedding for it, or remove the pin.',
    );
  });

  it('must not be cut off before the pinned word', () => {
    const error = thrown(() => {
      validateCaption({ ...good, pins: [{ ...pin, word: 1 }] }, tokens);
    });
    expect(error?.code).toBe('pin-cut-off');
    expect(error?.message).toContain('dog');
  });

  const refusalOf = (...pins: readonly Pin[]): PinwordError | null =>
    thrown(() => {
      validateCaption({ ...good, pins }, tokens);
    });

  it('must have no word that is pinned twice', () => {
    expect(refusalOf(pin, pin)?.code).toBe('pinned-twice');
    expect(refusalOf(pin, pin)?.message).toContain('“a”');
  });

  it.each<[Partial<PinLook>, RegExp | null]>([
    [{ strength: 0 }, null],
    [{ strength: 1.5 }, null],
    [{ strength: -0.1 }, /strength of the look on “a” .* from 0 to 1.5; -0.1 is not/],
    [{ strength: 1.6 }, /strength/],
    [{ strength: Number.NaN }, /NaN/],
    [{ role: 'colour' as PinLook['role'] }, /one of subject, style, composition; “colour” is not/],
  ])('take a look on a pin with %o, or refuse it by name', (look, words) => {
    const error = refusalOf({ ...pin, look: { ...defaultLook, ...look } });
    expect(error?.code ?? null).toBe(words === null ? null : 'setting-out-of-range');
    if (words !== null) expect(error?.message).toMatch(words);
  });

  it.each([
    [0, null],
    [1.5, null],
    [1.6, /strength of the fine detail on “a” .* from 0 to 1.5; 1.6 is not/],
    [-1, /-1/],
    [Number.NaN, /NaN/],
  ])('take fine detail of strength %d, or refuse it by name', (strength, words) => {
    const error = refusalOf({ ...pin, detail: { strength } });
    expect(error?.code ?? null).toBe(words === null ? null : 'setting-out-of-range');
    if (words !== null) expect(error?.message).toMatch(words);
  });

  it.each([
    [{ x: 0, y: 0, width: 1, height: 1 }, true],
    [{ x: 0.7, y: 0.2, width: 0.1 + 0.2, height: 0.1 }, true],
    [{ x: 0.7, y: 0, width: 0.4, height: 1 }, false],
    [{ x: 0, y: -0.1, width: 1, height: 1 }, false],
    [{ x: 0, y: 0, width: 0, height: 1 }, false],
    [{ x: 0, y: 0, width: Number.NaN, height: 1 }, false],
  ])('take a pin with the area %j: %s', (area, accepted) => {
    expect(refusalOf({ ...pin, area })?.code ?? null).toBe(accepted ? null : 'area-outside-picture');
  });
});
