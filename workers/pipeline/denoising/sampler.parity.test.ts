import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

import { guidancePresets } from '../../contract/guidance-presets.ts';
import { scheduleFor } from '../../schedulers/schedule-for.ts';
import type { Schedule } from '../../schedulers/scheduler.ts';
import { entry, relativeError } from '../../testing/reference/reference-case.ts';
import { plainRequest } from '../../testing/runs/reference-engine.ts';
import { findReferenceJson, readTensorFile } from '../../testing/reference/reference-file.ts';
import { loadReferenceModel } from '../../testing/runs/reference-runs.ts';
import { releaseModel, type LoadedModel } from '../model/loaded-model.ts';
import type { Conditions } from '../modules/conditions.ts';
import { unifiedPrompt } from '../prompt/unified-prompt.ts';
import { readTexts } from '../encoding/read-texts.ts';
import { RunControl } from '../run/run-control.ts';
import type { DenoiserMode } from './denoiser-sessions.ts';
import { TorchGenerator } from './noise.ts';
import { Sampler } from './sampler.ts';
import { firstStepOf, startFromLatents, startFromNoise, type SamplingStart } from './sampling-start.ts';
import { timestepSinusoid } from './timestep-embedding.ts';

const runSchema = z.object({
  name: z.string(),
  start: z.enum(['noise', 'picture', 'keep']),
  scheduler: z.enum(['ddim', 'dpmsolver++2m-karras', 'euler', 'euler-ancestral']),
  strength: z.number(),
  steps: z.int(),
  seed: z.int(),
  /** The share of the steps after which diffusers' callback ends guidance. */
  cutoff: z.number().nullable(),
  caption: z.string(),
  negativePrompt: z.string(),
  guidanceScale: z.number(),
});
type Run = z.output<typeof runSchema>;

const runs = z.array(runSchema).parse(await findReferenceJson('sampling/runs.json'));
const reference = await readTensorFile('sampling/latents.safetensors');
const original = entry(reference, 'image_latents').values;
const size = { height: 8, width: 8 };

/** What diffusers' pipelines start from: the first noise that the generator draws, alone or over the picture. */
function startOf({ start, strength, steps }: Run, noise: Float32Array<ArrayBuffer>, schedule: Schedule): SamplingStart {
  if (start === 'noise' || strength === 1) {
    const fresh = startFromNoise(noise, schedule);
    return start === 'keep' ? { ...fresh, keep: keepWith(noise) } : fresh;
  }
  const late = startFromLatents(original, noise, schedule, firstStepOf(steps, strength));
  return start === 'keep' ? { ...late, keep: keepWith(noise) } : late;
}

const keepWith = (noise: Float32Array<ArrayBuffer>) => ({
  latents: original,
  noise,
  mask: entry(reference, 'mask').values,
});

describe('the latents of diffusers', () => {
  let model: LoadedModel;
  beforeAll(async () => {
    model = await loadReferenceModel('sd15', 'wasm');
  });
  afterAll(() => releaseModel(model));

  async function conditionsOf(run: Run): Promise<Conditions> {
    const texts = await readTexts(model, { ...run, embeddings: [], longCaptions: false });
    const prompt = unifiedPrompt(model.tokenizer, { ...texts, pins: [], subjectPositions: 'all' });
    return model.unifiedEncoder.encode(prompt, new Float32Array());
  }

  /** @returns the final latents, and how many steps were reported */
  async function sample(
    run: Run,
    branches: DenoiserMode['branches'],
  ): Promise<{ latents: Float32Array; steps: number[] }> {
    const { unetConfig, schedulerConfig } = model;
    const schedule = scheduleFor(run.scheduler, schedulerConfig, {
      numInferenceSteps: run.steps,
      eta: plainRequest.eta,
      firstStep: firstStepOf(run.steps, run.strength),
    });
    const generator = new TorchGenerator(run.seed);
    const start = startOf(run, generator.randn(original.length), schedule);
    const sinusoid = { flipSinToCos: unetConfig.flip_sin_to_cos, frequencyShift: unetConfig.freq_shift };
    const steps: number[] = [];
    const guided = run.cutoff === null ? run.steps : Math.floor(run.steps * run.cutoff) + 1;
    const sampler = new Sampler({
      backend: model.backend,
      size,
      start,
      schedule,
      conditions: await conditionsOf(run),
      reuseInterval: 1,
      guidanceSchedule: { ...guidancePresets.paper.schedule, guidanceScale: { from: 0, to: guided / run.steps } },
      generator,
      timeEmbedding: (timestep) => timestepSinusoid(timestep, unetConfig.block_out_channels[0] ?? 0, sinusoid),
      timestepCond: null,
      previews: null,
      controls: new RunControl({ alpha: 0, guidanceScale: run.guidanceScale }),
      onStep: ({ step }) => steps.push(step),
    });
    const denoiser = await model.denoiser.open(size, {
      branches,
      keeps: start.keep !== undefined,
      reuses: false,
      looks: false,
      captures: false,
    });
    await sampler.run(denoiser);
    return { latents: (await denoiser.read()).latents, steps };
  }

  it.each(runs)('come of the same start: $name', async (run) => {
    const { latents, steps } = await sample(run, 'together');
    const first = firstStepOf(run.steps, run.strength);
    expect(steps).toEqual(Array.from({ length: run.steps - first }, (_, index) => first + index + 1));
    expect(relativeError(latents, entry(reference, run.name).values)).toBeLessThan(1e-3);
  });

  it('are kept by branches that run one by one too', async () => {
    const run = runs.find(({ start }) => start === 'keep');
    if (run === undefined) throw new RangeError('There is no such run.');
    const { latents } = await sample(run, 'one-by-one');
    expect(relativeError(latents, entry(reference, run.name).values)).toBeLessThan(1e-3);
  });
});

describe('the first step of a change by a strength', () => {
  it.each([
    [10, 1, 0],
    [10, 0.6, 4],
    [7, 0.45, 4],
    [10, 0, 10],
    [1, 0.5, 1],
  ])('of %i steps at %f is %i, as get_timesteps says', (steps, strength, expected) => {
    expect(firstStepOf(steps, strength)).toBe(expected);
  });
});
