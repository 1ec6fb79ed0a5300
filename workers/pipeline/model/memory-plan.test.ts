import { describe, expect, it } from 'vitest';

import type { MemoryLevels } from '../../api.ts';
import { largestBuffer, type MemoryNeeds } from './memory-needs.ts';
import { changedPlan, describePlan, lowerPlan, planMemory, type MemoryPlan, type RunStage } from './memory-plan.ts';

const mega = 1e6;
/** SD 1.5 at 512 × 512. */
const needs: MemoryNeeds = {
  weights: { unet: 860 * mega, vae: 50 * mega, encoders: 430 * mega },
  shallowWeights: 8 * mega,
  reuses: false,
  references: 0,
  // Three layers of 32 × 32 and 1280 / 2 channels, three of 64 × 64 and 320, keys and values.
  detailWidth: 2 * 3 * (640 / 4 + 320),
  unetChannels: 320,
  writtenHeads: 0,
  vaeChannels: { last: 128, beforeLast: 256 },
  vaeScale: 8,
  tinyChannels: 64,
  decoder: 'full',
  seesSteps: false,
  statesOfToken: 24_960,
  findsWords: false,
  wordMapHeads: 8 / 16,
  tokens: { text: 77, look: 0 },
  height: 64,
  width: 64,
};
const roomy = { shaderF16: true, maxBufferSize: 2 ** 31, budget: 2 ** 33 };

describe('memory plan', () => {
  it('is the fastest where everything fits', () => {
    expect(planMemory(needs, roomy)).toMatchObject({
      precision: 'f16',
      branches: 'together',
      vaeTile: 0,
      keepEncoders: true,
      keepBuffers: true,
    });
  });

  it('counts what is kept and computed of references', () => {
    const bytes = [0, 1, 3].map((references) => planMemory({ ...needs, references }, roomy).predictedBytes);
    const [none = 0, one = 0, three = 0] = bytes;
    // Of one: its keys and values in 16 bits, 24 MB, and a row of activations.
    expect(one - none).toBeGreaterThan(2 * 64 * 64 * 2880);
    expect(three - one).toBeGreaterThan(2 * 2 * 64 * 64 * 2880);
    const written = { ...needs, writtenHeads: 8 };
    const largest = (references: number): number =>
      largestBuffer({ ...written, references }, planMemory(written, roomy));
    expect(largest(1)).toBe(2 * largest(0));
  });

  it('decodes in tiles where one tensor would not fit in a buffer', () => {
    const plan = planMemory(needs, { ...roomy, maxBufferSize: 2 ** 26 });
    expect(plan.vaeTile).toBeGreaterThan(0);
    expect(plan.branches).toBe('together');
  });

  it('takes tiles for a larger picture of the same model', () => {
    expect(planMemory({ ...needs, height: 128, width: 128 }, { ...roomy, maxBufferSize: 2 ** 28 })).toMatchObject({
      vaeTile: 64,
      branches: 'together',
    });
  });

  it('releases buffers and encoders before it gives up running branches together', () => {
    expect(planMemory(needs, { ...roomy, budget: 2.6e9 })).toMatchObject({
      keepEncoders: false,
      keepBuffers: false,
      branches: 'together',
    });
  });

  it('counts attention scores where they are written out', () => {
    const written = { ...needs, writtenHeads: 8 };
    const more = planMemory(written, roomy).predictedBytes - planMemory(needs, roomy).predictedBytes;
    expect(more).toBeGreaterThan(2 * 3 * 8 * 4096 ** 2);
    expect(planMemory(written, { ...roomy, maxBufferSize: 2 ** 29 }).branches).toBe('one-by-one');
  });

  it('counts the shallow network and what it reuses of all branches', () => {
    const bytes = (branches: MemoryLevels['branches'], reuses: boolean): number =>
      planMemory({ ...needs, reuses }, roomy, { branches, keepBuffers: false }).predictedBytes;
    for (const branches of ['together', 'one-by-one'] as const) {
      const more = bytes(branches, true) - bytes(branches, false);
      expect(more).toBe(2 * (8 * mega + 3 * 64 * 64 * 320));
    }
  });

  it('counts keys and values of long captions and of looks, for all branches', () => {
    for (const branches of ['together', 'one-by-one'] as const) {
      const bytes = (tokens: MemoryNeeds['tokens']): number =>
        planMemory({ ...needs, tokens }, roomy, { branches, keepBuffers: false }).predictedBytes;
      const least = bytes({ text: 77, look: 0 });
      expect(bytes({ text: 3 * 77, look: 0 }) - least).toBe(2 * 3 * 2 * 77 * 24_960);
      expect(bytes({ text: 77, look: 64 }) - least).toBe(2 * 3 * 64 * 24_960);
    }
  });

  it('counts the tiny decoder where it finishes the picture, and where steps are seen through it', () => {
    const bytes = (run: Partial<MemoryNeeds>, keepBuffers: boolean): number =>
      planMemory({ ...needs, ...run }, roomy, { keepBuffers, vaeTile: 0 }).predictedBytes;
    const tinyTensor = 2 * 64 * 512 * 512;
    expect(bytes({ seesSteps: true }, true) - bytes({}, true)).toBeGreaterThanOrEqual(4 * tinyTensor);
    expect(bytes({ decoder: 'tiny' }, true)).toBeLessThan(bytes({}, true));
    expect(bytes({ seesSteps: true }, false)).toBe(bytes({}, false));
    expect(largestBuffer({ ...needs, decoder: 'tiny' }, planMemory(needs, roomy))).toBe(tinyTensor);
  });

  it('takes f32 without shader-f16, whatever is asked for', () => {
    expect(planMemory(needs, { ...roomy, shaderF16: false }, { precision: 'f16' }).precision).toBe('f32');
  });

  it('obeys overrides', () => {
    const overrides = {
      branches: 'one-by-one',
      vaeTile: 32,
      keepEncoders: false,
      keepBuffers: false,
      precision: 'f32',
    } as const;
    expect(planMemory(needs, roomy, overrides)).toMatchObject(overrides);
  });

  it.each<[RunStage, Partial<MemoryLevels>[]]>([
    ['encode', [{ keepBuffers: false }, { keepEncoders: false }]],
    ['denoise', [{ keepBuffers: false }, { keepEncoders: false }, { branches: 'one-by-one' }]],
    ['decode', [{ vaeTile: 32 }, { keepBuffers: false }, { keepEncoders: false }, { vaeTile: 16 }]],
  ])('goes down level by level after the GPU ran out in %s, and ends', (stage, expected) => {
    const levels: Partial<MemoryLevels>[] = [];
    let plan: MemoryPlan = planMemory(needs, roomy);
    for (let change = lowerPlan(plan, needs, stage); change !== null; change = lowerPlan(plan, needs, stage)) {
      const lower = changedPlan(plan, needs, change);
      expect(lower.predictedBytes).toBeLessThanOrEqual(plan.predictedBytes);
      plan = lower;
      levels.push(change);
    }
    expect(levels).toEqual(expected);
  });

  it('is told in one line with the predicted memory', () => {
    const plan = planMemory(needs, roomy);
    expect(describePlan(plan, needs, { isGpu: true })).toMatch(/16-bit, each step at once, .* 4\.\d GB of GPU memory$/);
    expect(describePlan(plan, needs, { isGpu: false })).toMatch(/ 4\.\d GB of memory$/);
  });

  it('counts in pixels as the decoder enlarges, here by 4', () => {
    const smaller = { ...needs, vaeScale: 4 };
    const plan = planMemory(smaller, roomy, { vaeTile: 32 });
    expect(describePlan(plan, smaller, { isGpu: true })).toContain('tiles of 128 pixels');
    expect(largestBuffer(needs, plan)).toBe(4 * largestBuffer(smaller, plan));
  });
});
