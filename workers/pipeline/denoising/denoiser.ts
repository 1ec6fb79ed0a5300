import type { Tensor } from 'onnxruntime-web';

import type { Gpu } from '../../runtime/device.ts';
import { ownedTensors, type OwnedTensor } from '../../runtime/owned-tensor.ts';
import { Readback } from '../../runtime/readback.ts';
import type { Feeds } from '../../runtime/run-into.ts';
import type { Backend } from '../../runtime/sessions.ts';
import type { ComputeType } from '../../contract/memory.ts';
import type { DetailLayer } from '../../graph/modules/detail-names.ts';
import { wordMapBranch, type Branch, type Conditions, type StepMoment } from '../modules/conditions.ts';
import type { LatentSize } from '../modules/latent-size.ts';
import { ConditionFeeds, type Project } from './condition-feeds.ts';
import { LatentBuffers, type LatentState } from './latent-buffers.ts';
import type { Inpainting, Keep } from './sampling-start.ts';
import { FeedTensors } from './feed-tensors.ts';
import type { StepDepth } from './deep-features.ts';
import type { NoiseLevel } from './guidance.ts';
import { ReferenceRows } from './reference-rows.ts';
import { RunBiasFeeds, type MakeBiases, type RunTimes } from './run-bias-feeds.ts';
import type { StepRunner } from './step-runner.ts';
import { WordMapBuffers } from './word-map-buffers.ts';
import { unetTensors } from '../../graph/graphs/unet.ts';

interface StepInput {
  /** Fresh noise, [C · h·w], or null where the step adds none */
  readonly noise: Float32Array<ArrayBuffer> | null;
  readonly times: RunTimes;
  /** Which of these times is this step's. */
  readonly timeIndex: number;
  /** [2,B+3], or [3,B+5] where a part is kept */
  readonly coefficients: Float32Array<ArrayBuffer>;
  /** What the conditions' scales and gates may follow. */
  readonly moment: StepMoment;
  /** Of the latents: references are noised as they are. */
  readonly noiseLevel: NoiseLevel;
  /** N: after a full step, N − 1 shallow ones follow; 1 where the denoiser was not opened to reuse deep features */
  readonly reuseInterval: number;
}

/** What a step begins with, on the host. */
export interface DenoiserState extends LatentState {
  /** Where the step before saw the pinned words; null before the first one, and where nothing is bound to them. */
  readonly wordMaps: Float32Array<ArrayBuffer> | null;
}

interface DenoiserSettings {
  readonly size: LatentSize;
  /** C */
  readonly latentChannels: number;
  readonly computeType: ComputeType;
  readonly project: Project;
  readonly makeBiases: MakeBiases;
  readonly runner: StepRunner;
  /** Whether each step blends back a part that is kept. */
  readonly keeps: boolean;
  /** Of the input that says what is filled in; zeros in what the run says nothing of. */
  readonly inpaintingChannels: number;
  /** Those whose keys and values of references the unified branch sees; empty where the network sees none. */
  readonly detailLayers: readonly DetailLayer[];
}

/** What a step gives beside the latents. */
export interface StepOutput {
  /** RGB planes of x̂_0, [3 · h·w] f32, not clamped; read while the next step runs */
  readonly preview: Promise<Float32Array>;
}

/** A preview is read while the next step runs, so that two may be on their way. */
const previewsAtOnce = 2;

/** Denoising steps for one size and one set of conditions at a time, over buffers that it owns. */
export class Denoiser {
  readonly #gpu: Gpu | null;
  readonly #runner: StepRunner;
  readonly #conditions: ConditionFeeds;
  readonly #latents: LatentBuffers;
  readonly #noise: OwnedTensor;
  readonly #live: FeedTensors;
  readonly #biases: RunBiasFeeds;
  readonly #wordMaps: WordMapBuffers;
  readonly #references: ReferenceRows;
  /** Which group of branches reads the words. */
  #leadingGroup = 0;
  readonly #keeps: boolean;
  /** What a run says once: a part that is kept, a part that is filled in. */
  readonly #constants: FeedTensors;
  readonly #preview: OwnedTensor;
  readonly #previews: Readback;
  readonly #inpaintingChannels: number;
  /** [1, C, h, w] */
  readonly #latentDims: readonly number[];
  /** Whether a step of these branches has run, so that ONNX Runtime has its buffers. */
  readonly #warm = new Set<StepDepth>();
  /** Steps since the deep features of these branches were computed, that one among them; null where there are none. */
  #featuresAge: number | null = null;

  private constructor(backend: Backend, settings: DenoiserSettings, tensors: StepTensors, previews: Readback) {
    const { size, latentChannels, computeType, project, runner } = settings;
    this.#gpu = backend.gpu;
    this.#runner = runner;
    this.#conditions = new ConditionFeeds(backend, computeType, project);
    this.#latents = tensors.latents;
    this.#noise = tensors.noise;
    this.#preview = tensors.preview;
    this.#live = new FeedTensors(backend);
    this.#biases = new RunBiasFeeds(backend, settings.makeBiases);
    this.#wordMaps = new WordMapBuffers(backend);
    this.#references = new ReferenceRows(backend, { ...settings, layers: settings.detailLayers });
    this.#keeps = settings.keeps;
    this.#constants = new FeedTensors(backend);
    this.#previews = previews;
    this.#inpaintingChannels = settings.inpaintingChannels;
    this.#latentDims = [1, latentChannels, size.height, size.width];
  }

  /** Takes the runner over. @throws PinwordError 'out-of-memory' | 'device-lost' */
  static async open(backend: Backend, settings: DenoiserSettings): Promise<Denoiser> {
    const { size, latentChannels, runner } = settings;
    const pixels = size.height * size.width;
    let tensors: StepTensors | null = null;
    try {
      tensors = await stepTensors(backend, [1, latentChannels, pixels], [1, 3, pixels]);
      return new Denoiser(backend, settings, tensors, await Readback.open(backend, 3 * pixels, previewsAtOnce));
    } catch (error) {
      runner.dispose();
      if (tensors !== null) disposeTensors(tensors);
      throw error;
    }
  }

  /**
   * Computes keys and values of these branches. They hold until other branches are needed (α moved to 0 or 1, w to 1,
   * or back) or other conditions are set.
   * @throws PinwordError 'out-of-memory' | 'device-lost'
   */
  async condition(conditions: Conditions, branches: readonly Branch[]): Promise<void> {
    await this.#runner.prepare(branches.length);
    await this.#wordMaps.prepare(conditions.wordMaps);
    const groups = this.#runner.groupsOf(branches);
    const leading = wordMapBranch(branches);
    this.#leadingGroup = Math.max(
      0,
      groups.findIndex((group) => group.some((branch) => branch === leading)),
    );
    await this.#references.set(conditions, groups);
    if (!(await this.#conditions.set(conditions, groups))) return;
    this.#warm.clear();
    this.#featuresAge = null;
  }

  /** Sets what a picture starts from: nothing of another one is used. */
  begin(state: DenoiserState): void {
    this.#featuresAge = null;
    this.load(state);
  }

  /** Sets what the next step begins with. */
  load(state: DenoiserState): void {
    this.#latents.load(state);
    this.#wordMaps.load(state.wordMaps);
  }

  /** Sets what every step blends back, where it was opened to. @throws PinwordError 'out-of-memory' | 'device-lost' */
  async keep({ latents, noise, mask }: Keep): Promise<void> {
    const [, channels = 0] = this.#latentDims;
    const dims = [1, channels, mask.length];
    await this.#constants.write({
      kept_latents: { values: latents, dims },
      kept_noise: { values: noise, dims },
      repaint_mask: { values: mask, dims: [1, 1, mask.length] },
    });
  }

  /** Sets what a network that fills in parts reads beside the latents. @throws PinwordError 'out-of-memory' | 'device-lost' */
  async inpaint({ mask, maskedLatents }: Inpainting): Promise<void> {
    const values = new Float32Array(this.#inpaintingChannels * mask.length);
    values.set(mask);
    values.set(maskedLatents, mask.length);
    const dims = [1, this.#inpaintingChannels, mask.length];
    await this.#constants.write({ [unetTensors.inpainting]: { values, dims } });
  }

  /** What the next step begins with. @throws PinwordError 'out-of-memory' | 'device-lost' */
  async read(): Promise<DenoiserState> {
    return { ...(await this.#latents.read()), wordMaps: await this.#wordMaps.read() };
  }

  /** x_t [1, C, h, w] f32, there until the next step; the denoiser owns it. */
  get latents(): Tensor {
    return this.#latents.view(this.#latentDims);
  }

  /** x̂_0 [1, C, h, w] f32, as latents. */
  get original(): Tensor {
    return this.#latents.viewOriginal(this.#latentDims);
  }

  /** x_t → x_{t−1}. Where it fails, x_t stays. @throws PinwordError 'out-of-memory' | 'device-lost' */
  async step(input: StepInput): Promise<StepOutput> {
    const { noise, times, timeIndex, coefficients, moment, noiseLevel, reuseInterval } = input;
    if (noise !== null) this.#noise.write(noise);
    await this.#conditions.write(moment);
    await this.#biases.choose(times, timeIndex);
    const age = this.#featuresAge;
    const depth = age === null || age >= reuseInterval ? 'full' : 'shallow';
    await this.#references.weigh(moment);
    const references = depth === 'full' ? await this.#references.write(moment, noiseLevel) : [];
    const rows = this.#keeps ? 3 : 2;
    await this.#live.write({ coefficients: { values: coefficients, dims: [rows, coefficients.length / rows] } });
    const feeds = {
      ...this.#latents.inputs,
      noise: this.#noise.tensor,
      ...this.#live.feeds,
      ...this.#biases.feeds,
      ...this.#constants.feeds,
    };
    const outputs = { ...this.#latents.outputs, preview: this.#preview.tensor };
    const makesBuffers = !this.#warm.has(depth) || this.#gpu?.bufferCache === 'lazyRelease';
    await this.#runner.run({
      depth,
      feeds,
      groups: this.#groupFeeds,
      references,
      wordMaps: this.#wordMaps.step,
      leadingGroup: this.#leadingGroup,
      outputs,
      makesBuffers,
    });
    this.#warm.add(depth);
    this.#featuresAge = depth === 'full' || age === null ? 1 : age + 1;
    this.#latents.swap();
    if (depth === 'full') this.#wordMaps.swap();
    return { preview: this.#previews.read(this.#preview.tensor) };
  }

  get #groupFeeds(): readonly Feeds[] {
    const { feeds } = this.#references;
    return this.#conditions.feeds.map((group, index) => ({ ...group, ...feeds[index] }));
  }

  dispose(): void {
    this.#runner.dispose();
    this.#conditions.release();
    this.#references.release();
    this.#live.dispose();
    this.#biases.dispose();
    this.#wordMaps.dispose();
    this.#constants.dispose();
    this.#previews.dispose();
    disposeTensors({ latents: this.#latents, noise: this.#noise, preview: this.#preview });
  }
}

interface StepTensors {
  readonly latents: LatentBuffers;
  /** What a step adds none of may hold that of an earlier one: its coefficient is 0. */
  readonly noise: OwnedTensor;
  readonly preview: OwnedTensor;
}

async function stepTensors(backend: Backend, map: readonly number[], preview: readonly number[]): Promise<StepTensors> {
  const [a, b, c, d, noise, rgb] = await ownedTensors(backend, [map, map, map, map, map, preview]);
  if (!a || !b || !c || !d || !noise || !rgb) throw new RangeError('A tensor was asked for and not made.');
  return { latents: new LatentBuffers([a, b], [c, d]), noise, preview: rgb };
}

function disposeTensors({ latents, noise, preview }: StepTensors): void {
  latents.dispose();
  noise.dispose();
  preview.dispose();
}
