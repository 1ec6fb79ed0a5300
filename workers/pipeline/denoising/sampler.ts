import type { Tensor } from 'onnxruntime-web';

import type { GuidanceSchedule, GuidanceSettings, PinStrengths, Pixels } from '../../api.ts';
import type { Backend } from '../../runtime/sessions.ts';
import { floatTensor } from '../../runtime/tensors.ts';
import type { Schedule, SchedulerStep, Thresholding } from '../../schedulers/scheduler.ts';
import { thresholdStep } from '../../schedulers/threshold-sample.ts';
import type { Denoiser, DenoiserState, StepOutput } from './denoiser.ts';
import type { DenoiserMode } from './denoiser-sessions.ts';
import { guidanceBranches, stepCoefficients, type NoiseLevel } from './guidance.ts';
import { guidanceAt } from './guidance-schedule.ts';
import type { TorchGenerator } from './noise.ts';
import type { SamplingStart } from './sampling-start.ts';
import { NonFiniteError } from '../modules/non-finite-error.ts';
import { hasNonFinite, pixelsFromPlanes } from '../../images/pixels.ts';
import type { LatentSize } from '../modules/latent-size.ts';
import type { Conditions, HostFeed } from '../modules/conditions.ts';
import { timeEmbeddings } from './timestep-embedding.ts';

/** What is looked at before every step, because it may change while the picture forms. */
export interface SamplingControls {
  readonly guidance: GuidanceSettings;
  readonly strengths: PinStrengths;
  /** Aborted where the person cancels, for what takes long beside the steps. */
  readonly signal: AbortSignal;
  /** Lets messages in that wait, then @throws PinwordError 'cancelled' */
  throwIfCancelled(): Promise<void>;
}

/** Shows steps in another way than by their linear previews. */
export interface StepPreviews {
  /**
   * Begins to show a step: what is to be seen is waited for while the next one runs.
   * @param original x̂_0, [1,C,h,w] f32, there until the next step
   * @returns null, or null later, where only the linear preview is there. @throws PinwordError 'device-lost'
   */
  begin(original: Tensor): Promise<{ readonly picture: Promise<Pixels | null> } | null>;
}

interface SampledStep {
  readonly step: number;
  readonly timestep: number;
  readonly guidance: GuidanceSettings;
  readonly strengths: PinStrengths;
  readonly preview: Pixels;
}

interface SamplingRun {
  readonly backend: Backend;
  readonly size: LatentSize;
  readonly start: SamplingStart;
  /** From the start's first step on. */
  readonly schedule: Schedule;
  readonly conditions: Conditions;
  readonly guidanceSchedule: GuidanceSchedule;
  /** N: every N-th step computes the whole network, those between reuse its deep features; 1 computes all. */
  readonly reuseInterval: number;
  /** Draws the noise that steps add; it is left as it is. */
  readonly generator: TorchGenerator;
  readonly timeEmbedding: (timestep: number) => Float32Array<ArrayBuffer>;
  /** The embedding of w, where the network was distilled to read it instead of being guided; else null. */
  readonly timestepCond: ((guidanceScale: number) => Float32Array<ArrayBuffer>) | null;
  readonly controls: SamplingControls;
  /** null shows linear previews. */
  readonly previews: StepPreviews | null;
  readonly onStep: (step: SampledStep) => void;
}

/**
 * The way of one picture from what it starts from to its latents (UMM-Diffusion, 3.3). Latents stay on the GPU, in the
 * denoiser's buffers; while a step runs, the preview of the one before is read back, so that the GPU does not wait for
 * the host. A way that was interrupted can be gone on with, on another denoiser.
 */
export class Sampler {
  readonly #run: SamplingRun;
  /** Of all timesteps. */
  readonly #embeddings: HostFeed;
  #state: SamplingState;
  /** The report of the last step. */
  #report: Promise<void> = Promise.resolve();

  constructor(run: SamplingRun) {
    this.#run = run;
    this.#embeddings = timeEmbeddings(run.schedule.steps.map(({ timestep }) => run.timeEmbedding(timestep)));
    this.#state = begin(run);
  }

  /** Whether each step blends back a part that is kept. */
  get keeps(): boolean {
    return this.#run.start.keep !== undefined;
  }

  /** At whose pictures the network looks on this way; false where it does not. */
  get looks(): DenoiserMode['looks'] {
    return this.#run.conditions.sources.some(({ kind }) => kind === 'look') ? this.#subjects : false;
  }

  /** How many references the unified branch sees on this way. */
  get references(): number {
    return this.#run.conditions.references.length;
  }

  /** By whose words what references give is bound; false where it is not. */
  get boundReferences(): DenoiserMode['looks'] {
    return this.#run.conditions.references.some(({ subject }) => subject !== null) ? this.#subjects : false;
  }

  get #subjects(): DenoiserMode['looks'] {
    const { wordMaps } = this.#run.conditions;
    if (wordMaps === null) return false;
    return wordMaps.dims[0] === 1 ? 'one' : 'several';
  }

  /** x_t, at the end the picture's latents: [1,C,h,w] f32, there until the denoiser's next step */
  get latents(): Tensor {
    const { place } = this.#state;
    if ('denoiser' in place) return place.denoiser.latents;
    const { backend, size } = this.#run;
    const channels = place.latents.length / (size.height * size.width);
    return floatTensor(backend, place.latents, [1, channels, size.height, size.width]);
  }

  /**
   * Takes the steps that are left. Where one fails, the state before it stays; after an overflow the way begins again.
   * @throws PinwordError 'cancelled' | 'out-of-memory' | 'device-lost'; NonFiniteError where the network overflowed
   */
  async run(denoiser: Denoiser): Promise<void> {
    const state = this.#state;
    if (!('denoiser' in state.place)) {
      denoiser.begin(state.place);
      const { keep, inpainting } = this.#run.start;
      if (keep !== undefined) await denoiser.keep(keep);
      if (inpainting !== undefined) await denoiser.inpaint(inpainting);
      state.place = { denoiser };
    }
    try {
      for (const step of this.#run.schedule.steps.slice(state.done)) await this.#step(denoiser, step);
      await this.#settle(denoiser);
      await this.#report;
    } catch (error) {
      await this.#report.catch(() => undefined);
      this.#report = Promise.resolve();
      if (error instanceof NonFiniteError) this.#state = begin(this.#run);
      throw error;
    }
  }

  /** Brings what is on the GPU to the host, so that it outlives every session. @throws PinwordError 'device-lost' */
  async moveToHost(): Promise<void> {
    const { place } = this.#state;
    if ('denoiser' in place) this.#state.place = await place.denoiser.read();
  }

  async #step(denoiser: Denoiser, step: SchedulerStep): Promise<void> {
    const { controls, conditions, timestepCond, start, schedule, guidanceSchedule } = this.#run;
    const state = this.#state;
    await controls.throwIfCancelled();
    await this.#settle(denoiser);
    const { strengths } = controls;
    const done = start.firstStep + state.done;
    const steps = start.firstStep + schedule.steps.length;
    const guidance = guidanceAt(controls.guidance, guidanceSchedule, done / steps);
    const cond = timestepCond?.(guidance.guidanceScale) ?? null;
    const weighed = cond === null ? guidance : { ...guidance, guidanceScale: 1 };
    const weights = guidanceBranches(weighed, conditions.branches);
    const branches = weights.map(({ branch }) => branch);
    await denoiser.condition(conditions, branches);
    // Drawn once for each step, however often it is tried.
    if (step.usesNoise) state.noise ??= state.generator.randn(start.latents.length);
    const result = await denoiser.step({
      noise: state.noise,
      times: { embeddings: this.#embeddings, cond: cond === null ? null : { values: cond, dims: [1, cond.length] } },
      timeIndex: state.done,
      coefficients: stepCoefficients(weights, step, start.keep === undefined ? null : this.#levelAfter(state.done)),
      moment: { branches, guidance, strengths, step: done, steps },
      noiseLevel: step,
      reuseInterval: this.#run.reuseInterval,
    });
    state.noise = null;
    state.thresholding = step.thresholding;
    state.done += 1;
    const closer = (await this.#run.previews?.begin(denoiser.original)) ?? null;
    const previous = this.#report;
    this.#report = this.#reportStep(result, closer?.picture ?? null, {
      step: start.firstStep + state.done,
      timestep: step.timestep,
      guidance,
      strengths,
    });
    this.#report.catch(() => undefined);
    await previous;
  }

  /** The noise level of the latents that a step gives; the last one's have none. */
  #levelAfter(step: number): NoiseLevel {
    return this.#run.schedule.steps[step + 1] ?? { alpha: 1, sigma: 0 };
  }

  /** Ends the step before on the host, where that is due. */
  async #settle(denoiser: Denoiser): Promise<void> {
    const { thresholding } = this.#state;
    if (thresholding === null) return;
    const { keep } = this.#run.start;
    const state = await denoiser.read();
    denoiser.load({ ...state, ...thresholdStep(state, thresholding, keep?.mask ?? null) });
    this.#state.thresholding = null;
  }

  async #reportStep(
    { preview }: StepOutput,
    closer: Promise<Pixels | null> | null,
    step: Omit<SampledStep, 'preview'>,
  ): Promise<void> {
    const { size, onStep } = this.#run;
    const planes = await preview;
    if (hasNonFinite(planes)) throw new NonFiniteError('denoiser');
    const picture = await closer;
    onStep({ ...step, preview: picture ?? pixelsFromPlanes(planes, size.width, size.height) });
  }
}

/** What a step begins with. */
interface SamplingState {
  readonly generator: TorchGenerator;
  /** Where latents and history are. */
  place: DenoiserState | { readonly denoiser: Denoiser };
  /** Fresh noise that was drawn for the next step and not used yet. */
  noise: Float32Array<ArrayBuffer> | null;
  /** What the step before left to the host, and was not done yet. */
  thresholding: Thresholding | null;
  /** Steps done. */
  done: number;
}

function begin({ start, generator }: SamplingRun): SamplingState {
  const place = { latents: start.latents, history: null, wordMaps: null };
  return { generator: generator.clone(), place, noise: null, thresholding: null, done: 0 };
}
