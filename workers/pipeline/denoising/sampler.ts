import type { Tensor } from 'onnxruntime-web';

import type { GuidanceSettings, Pixels } from '../../api.ts';
import { PinwordError } from '../../errors.ts';
import type { Backend } from '../../runtime/sessions.ts';
import { floatTensor, takeFloats } from '../../runtime/tensors.ts';
import type { Schedule, SchedulerStep } from '../../schedulers/scheduler.ts';
import type { Denoiser, StepOutput } from './denoiser.ts';
import { guidanceBranches, stepCoefficients } from './guidance.ts';
import { TorchGenerator } from './noise.ts';
import { NonFiniteError } from '../modules/non-finite-error.ts';
import { hasNonFinite, pixelsFromPlanes } from '../../images/pixels.ts';
import type { LatentSize } from '../modules/latent-size.ts';
import type { Branch, Conditions } from '../modules/conditions.ts';

/** What is looked at before every step, because it may change while the picture forms. */
export interface SamplingControls {
  readonly guidance: GuidanceSettings;
  /** Aborted where the person cancels, for what takes long beside the steps. */
  readonly signal: AbortSignal;
  /** Lets messages in that wait, then @throws PinwordError 'cancelled' */
  throwIfCancelled(): Promise<void>;
}

interface SampledStep {
  readonly step: number;
  readonly timestep: number;
  readonly guidance: GuidanceSettings;
  readonly preview: Pixels;
}

export interface SamplingRun {
  readonly backend: Backend;
  readonly size: LatentSize;
  readonly schedule: Schedule;
  readonly conditions: Conditions;
  readonly seed: number;
  readonly timeEmbedding: (timestep: number) => Float32Array;
  readonly controls: SamplingControls;
  readonly onStep: (step: SampledStep) => void;
}

/**
 * The way of one picture from fresh noise to its latents (UMM-Diffusion, 3.3). Latents stay on the GPU; while a step
 * runs, the preview of the one before is read back, so that the GPU does not wait for the host. A way that was
 * interrupted can be gone on with, on another denoiser.
 */
export class Sampler {
  readonly #run: SamplingRun;
  readonly #dims: readonly number[];
  #state: SamplingState;
  /** The report of the last step. */
  #report: Promise<void> = Promise.resolve();

  constructor(run: SamplingRun) {
    this.#run = run;
    this.#dims = [1, 4, run.size.height, run.size.width];
    this.#state = this.#begin();
  }

  /** x_t, at the end the picture's latents: [1,4,h,w] f32, owned by the sampler */
  get latents(): Tensor {
    return this.#state.latents;
  }

  /**
   * Takes the steps that are left. Where one fails, the state before it stays; after an overflow the way begins anew.
   * @throws PinwordError 'cancelled' | 'out-of-memory' | 'device-lost'; NonFiniteError where the network overflowed
   */
  async run(denoiser: Denoiser): Promise<void> {
    try {
      for (const step of this.#run.schedule.steps.slice(this.#state.done)) await this.#step(denoiser, step);
      await this.#report;
    } catch (error) {
      await this.#report.catch(() => undefined);
      this.#report = Promise.resolve();
      if (error instanceof NonFiniteError) {
        this.dispose();
        this.#state = this.#begin();
      }
      throw error;
    }
  }

  /** Brings what is on the GPU to the host, so that it outlives every session. @throws PinwordError 'device-lost' */
  async moveToHost(): Promise<void> {
    const { latents, history } = this.#state;
    this.#state.latents = await this.#onHost(latents);
    if (history !== null) this.#state.history = await this.#onHost(history);
  }

  dispose(): void {
    this.#state.latents.dispose();
    this.#state.history?.dispose();
  }

  #begin(): SamplingState {
    const { seed, schedule } = this.#run;
    const generator = new TorchGenerator(seed);
    const noise = generator.randn(this.#count).map((value) => value * schedule.initialNoiseScale);
    return { generator, latents: this.#tensor(noise), history: null, noise: null, done: 0 };
  }

  async #step(denoiser: Denoiser, step: SchedulerStep): Promise<void> {
    const { controls, conditions, timeEmbedding } = this.#run;
    const state = this.#state;
    await controls.throwIfCancelled();
    const { guidance } = controls;
    const branches = guidanceBranches(guidance, conditions.rows.has('unified'));
    await denoiser.condition(
      conditions.hiddenStates,
      branches.map(({ branch }) => rowOf(conditions, branch)),
    );
    // Drawn once for each step, however often it is tried.
    if (step.usesNoise) state.noise ??= state.generator.randn(this.#count);
    const result = await denoiser.step({
      latents: state.latents,
      history: state.history,
      noise: state.noise,
      timeEmbedding: timeEmbedding(step.timestep),
      coefficients: stepCoefficients(branches, step),
    });
    this.dispose();
    state.latents = result.latents;
    state.history = result.original;
    state.noise = null;
    state.done += 1;
    const previous = this.#report;
    this.#report = this.#reportStep(result, { step: state.done, timestep: step.timestep, guidance });
    this.#report.catch(() => undefined);
    await previous;
  }

  async #reportStep({ preview }: StepOutput, step: Omit<SampledStep, 'preview'>): Promise<void> {
    const { size, onStep } = this.#run;
    const planes = await takeFloats(preview);
    if (hasNonFinite(planes)) throw new NonFiniteError('denoiser');
    onStep({ ...step, preview: pixelsFromPlanes(planes, size.width, size.height) });
  }

  get #count(): number {
    return 4 * this.#run.size.height * this.#run.size.width;
  }

  #tensor(values: Float32Array): Tensor {
    return floatTensor(this.#run.backend, values, this.#dims);
  }

  async #onHost(tensor: Tensor): Promise<Tensor> {
    return this.#tensor(await takeFloats(tensor));
  }
}

/** What a step begins with. */
interface SamplingState {
  readonly generator: TorchGenerator;
  latents: Tensor;
  /** x̂_0 of the step before */
  history: Tensor | null;
  /** Fresh noise that was drawn for the next step and not used yet. */
  noise: Float32Array | null;
  /** Steps done. */
  done: number;
}

function rowOf({ rows }: Conditions, branch: Branch): number {
  const row = rows.get(branch);
  if (row === undefined) throw new PinwordError('internal', `No hidden states for the branch "${branch}".`);
  return row;
}
