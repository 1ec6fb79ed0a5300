import { expect, it } from 'vitest';

import type { LatentDistribution } from '../modules/vae-encoder.ts';
import { TorchGenerator } from './noise.ts';
import { startFromPicture } from './start-from-picture.ts';
import { scheduleFor } from '../../schedulers/schedule-for.ts';
import { parseSchedulerConfig } from '../../schedulers/scheduler-config.ts';

const firstStep = 2;
const options = { numInferenceSteps: 4, eta: 0, firstStep };
const schedule = scheduleFor('ddim', parseSchedulerConfig({}), options);
const mean = Float32Array.from({ length: 16 }, (_, index) => index / 16);
const mask = new Float32Array(4).fill(1);

/** Of numbers that a start draws, how many; and what it starts from. */
function started(standardDeviation: Float32Array | null, marked: boolean) {
  const generator = new TorchGenerator(7);
  const picture: LatentDistribution = { mean, standardDeviation, scalingFactor: 0.5 };
  const start = startFromPicture(
    { picture, mask: marked ? mask : null, masked: null },
    { generator, drawNoise: () => generator.randn(16), schedule, firstStep },
  );
  return { start, next: generator.randn(1)[0] };
}

/** The first number that comes after so many draws of 16. */
function after(draws: number): number | undefined {
  const generator = new TorchGenerator(7);
  for (let draw = 0; draw < draws; draw++) generator.randn(16);
  return generator.randn(1)[0];
}

it('of an encoder that gives latents nothing is drawn, as of diffusers’ AutoencoderTiny', () => {
  const { start, next } = started(null, false);
  expect(next).toBe(after(1));
  const noise = new TorchGenerator(7).randn(16);
  const [step] = schedule.steps;
  const expected = [...mean].map(
    (value, index) => (step?.alpha ?? 0) * 0.5 * value + (step?.sigma ?? 0) * (noise[index] ?? 0),
  );
  for (const [index, value] of start.latents.entries()) expect(value).toBeCloseTo(expected[index] ?? NaN, 5);
});

it('a marked part draws once more for each picture that is encoded, where that gives a distribution', () => {
  const spread = new Float32Array(16).fill(0.1);
  expect(started(null, true).next).toBe(after(1));
  expect(started(spread, false).next).toBe(after(2));
  expect(started(spread, true).next).toBe(after(3));
});
