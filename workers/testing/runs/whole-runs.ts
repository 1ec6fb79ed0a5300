import { beforeAll, expect, it } from 'vitest';

import type { GenerateEvent, Pixels } from '../../api.ts';
import { releaseModel, type LoadedModel } from '../../pipeline/model/loaded-model.ts';
import { generatePictures } from '../../pipeline/run/generate.ts';
import { entry, readReferenceTensors, type ReferenceCase } from '../reference/reference-case.ts';
import {
  controlOf,
  loadReferenceModel,
  psnr,
  readReferenceRuns,
  requestOf,
  type ReferenceRun,
} from './reference-runs.ts';

/** How close the pictures of a precision come to diffusers', in dB. */
const floor = { f32: 45, f16: 35 };

/** Runs of at most ten steps are tested at every change, longer ones where all is. */
export const isShort = ({ steps }: ReferenceRun): boolean => steps <= 10;

interface WholeRuns {
  readonly name: ReferenceCase;
  readonly provider: 'wasm' | 'webgpu';
  readonly precision: keyof typeof floor;
  readonly chosen: (run: ReferenceRun) => boolean;
}

/** A test for each chosen run of a reference checkpoint; the checkpoint is loaded once. */
export async function testWholeRuns({ name, provider, precision, chosen }: WholeRuns): Promise<void> {
  const runs = (await readReferenceRuns(name)).filter(chosen);
  let model: LoadedModel;

  beforeAll(async () => {
    model = await loadReferenceModel(name, provider, { precision });
    return () => releaseModel(model);
  });

  it.each(runs)('give the picture of diffusers: $name', async (run) => {
    const { picture, events } = await runOnce(model, run);
    expect(psnr(picture, await expectedPicture(name, run))).toBeGreaterThan(floor[precision]);
    expect(events.filter(({ type }) => type === 'step')).toHaveLength(run.steps);
    expect(model.summary.precision).toBe(precision);
  });
}

export async function runOnce(
  model: LoadedModel,
  run: ReferenceRun,
): Promise<{ picture: Pixels; events: GenerateEvent[] }> {
  const events: GenerateEvent[] = [];
  await generatePictures(model, requestOf(run), controlOf(run), (event) => events.push(event));
  const last = events.at(-1);
  if (last?.type !== 'picture') throw new RangeError('The run ended without a picture.');
  return { picture: last.picture.pixels, events };
}

async function expectedPicture(name: ReferenceCase, run: ReferenceRun): Promise<Float32Array> {
  const tensors = await readReferenceTensors(name, `reference/run-${run.name}.safetensors`);
  return (tensors.get('pipeline.picture') ?? entry(tensors, 'picture')).values;
}
