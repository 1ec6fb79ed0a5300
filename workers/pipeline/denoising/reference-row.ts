import type { Tensor } from 'onnxruntime-web';

import { unetTensors } from '../../graph/graphs/unet.ts';
import { detailTensors, type DetailLayer } from '../../graph/modules/detail-names.ts';
import { OwnedTensor } from '../../runtime/owned-tensor.ts';
import type { Feeds } from '../../runtime/run-into.ts';
import type { Backend } from '../../runtime/sessions.ts';
import { indexTensor, zeroTensor } from '../../runtime/tensors.ts';
import type { ComputeType } from '../../contract/memory.ts';
import type { Conditions, StepMoment } from '../modules/conditions.ts';
import type { DetailGrid } from '../modules/detail-reference.ts';
import type { DetailReference } from '../modules/conditions.ts';
import type { LatentSize } from '../modules/latent-size.ts';
import { ConditionFeeds, type Project } from './condition-feeds.ts';
import { FeedTensors } from './feed-tensors.ts';
import type { NoiseLevel } from './guidance.ts';
import { TorchGenerator } from './noise.ts';

/** What rows of references are made for. */
export interface RowSettings {
  /** Of the latents. */
  readonly size: LatentSize;
  /** C */
  readonly latentChannels: number;
  /** Of the input that says what is filled in. */
  readonly inpaintingChannels: number;
  /** Whether each step blends back a part that is kept. */
  readonly keeps: boolean;
  readonly computeType: ComputeType;
  readonly layers: readonly DetailLayer[];
  readonly project: Project;
}

/** Keys and values of each layer, [1, n, C]. */
export interface LayerTensors {
  readonly keys: readonly Tensor[];
  readonly values: readonly Tensor[];
}

/** @param countAt n at a level. @throws PinwordError 'out-of-memory' | 'device-lost' */
export async function layerTensors(
  backend: Backend,
  { layers, computeType }: Pick<RowSettings, 'layers' | 'computeType'>,
  countAt: (level: number) => number,
): Promise<LayerTensors> {
  const made = { keys: new Array<Tensor>(), values: new Array<Tensor>() };
  try {
    for (const { level, channels } of layers) {
      for (const tensors of [made.keys, made.values])
        tensors.push(await zeroTensor(backend, computeType, [1, countAt(level), channels]));
    }
    return made;
  } catch (error) {
    disposeLayerTensors(made);
    throw error;
  }
}

export function disposeLayerTensors({ keys, values }: LayerTensors): void {
  for (const tensor of [...keys, ...values]) tensor.dispose();
}

/** Noise of references is drawn anew at every step, and is the same for every picture. */
const noiseSeed = 24_301;

/** x_t of a reference at a step: √ᾱ·x_0 + √(1−ᾱ)·ε, [C · h·w] */
function noisedReference(
  latents: Float32Array<ArrayBuffer>,
  { alpha, sigma }: NoiseLevel,
  step: number,
): Float32Array<ArrayBuffer> {
  const noise = new TorchGenerator(noiseSeed + step).randn(latents.length);
  return latents.map((value, index) => alpha * value + sigma * (noise[index] ?? 0));
}

/** One reference: what a run of the network over it reads, and the keys and values that it leaves. */
export class ReferenceRow {
  readonly #backend: Backend;
  readonly #reference: DetailReference;
  readonly #conditions: ConditionFeeds;
  readonly #live: FeedTensors;
  #latents: OwnedTensor | null = null;
  /** By the names of inputs. */
  readonly #places = new Map<string, Tensor>();
  #left: LayerTensors = { keys: [], values: [] };

  private constructor(backend: Backend, { computeType, project }: RowSettings, reference: DetailReference) {
    this.#backend = backend;
    this.#reference = reference;
    this.#conditions = new ConditionFeeds(backend, computeType, project);
    this.#live = new FeedTensors(backend);
  }

  /**
   * @param conditions those of the branches: what they are told beside the text, the row is told as a branch of the text is
   * @throws PinwordError 'out-of-memory' | 'device-lost'
   */
  static async open(
    backend: Backend,
    settings: RowSettings,
    reference: DetailReference,
    { conditions, grids }: { readonly conditions: Conditions; readonly grids: readonly DetailGrid[] },
  ): Promise<ReferenceRow> {
    const row = new ReferenceRow(backend, settings, reference);
    try {
      await row.#make(settings, conditions, grids);
      return row;
    } catch (error) {
      row.dispose();
      throw error;
    }
  }

  async #make(settings: RowSettings, conditions: Conditions, grids: readonly DetailGrid[]): Promise<void> {
    const { latents, text } = this.#reference;
    const others = conditions.sources.filter(({ kind }) => kind !== 'text');
    await this.#conditions.set({ ...conditions, sources: [text, ...others], references: [] }, [['text']]);
    const pixels = settings.size.height * settings.size.width;
    this.#latents = await OwnedTensor.create(this.#backend, [1, settings.latentChannels, pixels]);
    if (settings.inpaintingChannels > 0) {
      // Nothing of a reference is to be filled in.
      const values = new Float32Array(settings.inpaintingChannels * pixels);
      values.set(latents, pixels);
      const dims = [1, settings.inpaintingChannels, pixels];
      await this.#live.write({ [unetTensors.inpainting]: { values, dims } });
    }
    const places = new Map(grids.map((grid) => [grid.level, this.#reference.placesAt(grid)]));
    for (const [level, values] of places)
      this.#places.set(detailTensors.places(level), await indexTensor(this.#backend, values));
    this.#left = await layerTensors(this.#backend, settings, (level) => places.get(level)?.length ?? 1);
  }

  /** Writes what changes at every step. @throws PinwordError 'out-of-memory' | 'device-lost' */
  async write(moment: StepMoment, level: NoiseLevel): Promise<void> {
    this.#latents?.write(noisedReference(this.#reference.latents, level, moment.step));
    await this.#conditions.write(moment);
  }

  /** What its run reads beside what all runs share. */
  get feeds(): Feeds {
    if (this.#latents === null) return {};
    const places = Object.fromEntries(this.#places);
    return {
      ...this.#conditions.feeds[0],
      ...this.#live.feeds,
      ...places,
      [unetTensors.latents]: this.#latents.tensor,
    };
  }

  /** Keys and values of the subject, after its run. */
  get left(): LayerTensors {
    return this.#left;
  }

  dispose(): void {
    this.#conditions.release();
    this.#live.dispose();
    this.#latents?.dispose();
    for (const tensor of this.#places.values()) tensor.dispose();
    disposeLayerTensors(this.#left);
  }
}
