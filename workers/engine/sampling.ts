import type { Tensor } from 'onnxruntime-web';

import type { GuidanceSettings, Pixels } from '../api.ts';
import { PinwordError } from '../errors.ts';
import { takeFloats } from '../runtime/tensors.ts';
import type { Schedule } from '../schedulers/scheduler.ts';
import type { Denoiser, LatentSize, StepOutput } from './denoiser.ts';
import { guidanceBranches, stepCoefficients, type Branch } from './guidance.ts';
import type { TorchGenerator } from './noise.ts';
import { NonFiniteError } from './non-finite-error.ts';
import { hasNonFinite, pixelsFromPlanes } from './pixels.ts';
import type { Conditions } from './text-conditions.ts';

/** What is looked at before every step, because it may change while the picture forms. */
export interface SamplingControls {
  readonly guidance: GuidanceSettings;
  /** @throws PinwordError 'cancelled' */
  throwIfCancelled(): void;
}

interface SampledStep {
  readonly step: number;
  readonly timestep: number;
  readonly guidance: GuidanceSettings;
  readonly preview: Pixels;
}

export interface SamplingRun {
  readonly denoiser: Denoiser;
  readonly size: LatentSize;
  readonly schedule: Schedule;
  readonly conditions: Conditions;
  readonly generator: TorchGenerator;
  readonly timeEmbedding: (timestep: number) => Float32Array;
  readonly controls: SamplingControls;
  readonly onStep: (step: SampledStep) => void;
}

/**
 * Denoises from fresh noise (UMM-Diffusion, 3.3). Latents stay on the GPU; while a step runs, the preview of the one
 * before is read back, so that the GPU does not wait for the host.
 * @returns the final latents [1,4,h,w]; the caller disposes them
 * @throws PinwordError 'cancelled'; NonFiniteError where the network overflowed
 */
export async function sampleLatents(run: SamplingRun): Promise<Tensor> {
  const { denoiser, schedule, generator, size } = run;
  const count = 4 * size.height * size.width;
  const noise = generator.randn(count).map((value) => value * schedule.initialNoiseScale);
  const state = new RunState(denoiser.latents(noise));
  try {
    for (const [index, step] of schedule.steps.entries()) {
      run.controls.throwIfCancelled();
      const { guidance } = run.controls;
      const branches = guidanceBranches(guidance, run.conditions.rows.has('unified'));
      await denoiser.condition(run.conditions.hiddenStates, branches.map(({ branch }) => rowOf(run.conditions, branch)));
      const result = await denoiser.step({
        latents: state.latents,
        history: state.history,
        noise: step.usesNoise ? generator.randn(count) : null,
        timeEmbedding: run.timeEmbedding(step.timestep),
        coefficients: stepCoefficients(branches, step),
      });
      await state.advance(result, async () => {
        const planes = await takeFloats(result.preview);
        if (hasNonFinite(planes)) throw new NonFiniteError('denoiser');
        const preview = pixelsFromPlanes(planes, size.width, size.height);
        run.onStep({ step: index + 1, timestep: step.timestep, guidance, preview });
      });
    }
    return await state.finish();
  } catch (error) {
    await state.abandon();
    throw error;
  }
}

function rowOf({ rows }: Conditions, branch: Branch): number {
  const row = rows.get(branch);
  if (row === undefined) throw new PinwordError('internal', `No hidden states for the branch "${branch}".`);
  return row;
}

/** The tensors that one run holds. */
class RunState {
  latents: Tensor;
  history: Tensor | null = null;
  #report: Promise<void> = Promise.resolve();

  constructor(latents: Tensor) {
    this.latents = latents;
  }

  /** Takes a step's outputs over and reports it; waits only for the report of the step before. */
  async advance(result: StepOutput, report: () => Promise<void>): Promise<void> {
    this.latents.dispose();
    this.history?.dispose();
    this.latents = result.latents;
    this.history = result.original;
    const previous = this.#report;
    this.#report = report();
    this.#report.catch(() => undefined);
    await previous;
  }

  async finish(): Promise<Tensor> {
    await this.#report;
    this.history?.dispose();
    return this.latents;
  }

  async abandon(): Promise<void> {
    await this.#report.catch(() => undefined);
    this.latents.dispose();
    this.history?.dispose();
  }
}
