import { describe, expect, it } from 'vitest';

import { describePlan, lowerPlan, planMemory, type MemoryNeeds } from './memory-plan.ts';

const mega = 1e6;
/** SD 1.5 at 512 × 512. */
const needs: MemoryNeeds = {
  weights: { unet: 860 * mega, vae: 50 * mega, encoders: 430 * mega },
  unetChannels: 320,
  vaeChannels: { last: 128, beforeLast: 256 },
  height: 64,
  width: 64,
};
const roomy = { shaderF16: true, maxBufferSize: 2 ** 31, budget: 2 ** 33 };

describe('memory plan', () => {
  it('is the fastest where everything fits', () => {
    expect(planMemory(needs, roomy)).toMatchObject({ precision: 'f16', branches: 'together', vaeTile: 0, keepEncoders: true });
  });

  it('decodes in tiles where one tensor would not fit in a buffer', () => {
    const plan = planMemory(needs, { ...roomy, maxBufferSize: 2 ** 26 });
    expect(plan.vaeTile).toBeGreaterThan(0);
    expect(plan.branches).toBe('together');
  });

  it('releases the encoders before it gives up running branches together', () => {
    expect(planMemory(needs, { ...roomy, budget: 2.6e9 })).toMatchObject({ keepEncoders: false, branches: 'together' });
  });

  it('takes f32 without shader-f16, whatever is asked for', () => {
    expect(planMemory(needs, { ...roomy, shaderF16: false }, { precision: 'f16' }).precision).toBe('f32');
  });

  it('obeys overrides', () => {
    expect(planMemory(needs, roomy, { branches: 'one-by-one', vaeTile: 32, keepEncoders: false, precision: 'f32' })).toMatchObject({
      branches: 'one-by-one',
      vaeTile: 32,
      keepEncoders: false,
      precision: 'f32',
    });
  });

  it('goes down level by level after the GPU ran out, and ends', () => {
    const levels = [];
    for (let plan: ReturnType<typeof lowerPlan> = planMemory(needs, roomy); plan !== null; plan = lowerPlan(plan, needs)) levels.push(plan);
    expect(levels.map(({ keepEncoders, branches, vaeTile }) => [keepEncoders, branches, vaeTile])).toEqual([
      [true, 'together', 0],
      [false, 'together', 0],
      [false, 'one-by-one', 0],
      [false, 'one-by-one', 32],
      [false, 'one-by-one', 16],
    ]);
    const predicted = levels.map(({ predictedBytes }) => predictedBytes);
    expect(predicted).toEqual([...predicted].sort((a, b) => b - a));
  });

  it('is told in one line with the predicted memory', () => {
    expect(describePlan(planMemory(needs, roomy))).toMatch(/16-bit, branches together, .* 2\.\d GB/);
  });
});
