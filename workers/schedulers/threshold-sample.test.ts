import { describe, expect, it } from 'vitest';

import type { Thresholding } from './scheduler.ts';
import { thresholdStep } from './threshold-sample.ts';

/** Quantile 1 is the largest: everything is divided by it where it is above 1. */
const thresholding: Thresholding = { ratio: 1, maxValue: 4, originalShare: 0.5 };
const latents = Float32Array.of(10, 20, 30, 40);
const history = Float32Array.of(-2, 1, 0.5, 2);
/** −2 … 2 in units of 2. */
const original = [-1, 0.5, 0.25, 1];

describe('a step with thresholding', () => {
  it('adds the share of x̂_0 that it ends with, and remembers it', () => {
    const ended = thresholdStep({ latents, history }, thresholding);
    expect([...(ended.history ?? [])]).toEqual(original);
    expect([...ended.latents]).toEqual([9.5, 20.25, 30.125, 40.5]);
  });

  it('adds it only where a mask says that the picture is made again, on every channel', () => {
    const ended = thresholdStep({ latents, history }, thresholding, Float32Array.of(0, 0.5));
    expect([...ended.latents]).toEqual([10, 20.125, 30, 40.25]);
  });

  it('changes nothing where there is no x̂_0 yet', () => {
    expect(thresholdStep({ latents, history: null }, thresholding)).toEqual({ latents, history: null });
  });
});
