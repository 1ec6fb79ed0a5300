import { detailLayers } from '../../graph/modules/detail-names.ts';
import { stableDiffusionPreview } from '../../pipeline/denoising/preview-matrix.ts';
import { DenoiserSessions, type DenoiserMode } from '../../pipeline/denoising/denoiser-sessions.ts';
import type { Denoiser } from '../../pipeline/denoising/denoiser.ts';
import type { Branch, Conditions } from '../../pipeline/modules/conditions.ts';
import type { DetailReference } from '../../pipeline/modules/conditions.ts';
import type { LatentSize } from '../../pipeline/modules/latent-size.ts';
import { PinnedWords } from '../../pipeline/modules/pinned-words.ts';
import { subjectPlaces } from '../../pipeline/modules/reference-picture.ts';
import { lookGrids } from '../../graph/modules/look-grids.ts';
import { timeEmbeddings } from '../../pipeline/denoising/timestep-embedding.ts';
import { TextSource } from '../../pipeline/modules/text-source.ts';
import type { Backend } from '../../runtime/sessions.ts';
import { floatTensor } from '../../runtime/tensors.ts';
import { entry, readReferenceTensors, type ReferenceTensor } from './reference-case.ts';
import { ReferenceUNet } from './reference-unet.ts';

/** Networks over which workers/reference/detail_reference.py runs references. */
export type DetailCase = 'sd15' | 'half' | 'lists' | 'no-middle';

export const order: readonly Branch[] = ['unified', 'text', 'unconditional'];
const strengths = [1, 0.4] as const;
/** Where the pinned words stand in the text. */
const words = [[3, 4], [9]] as const;

/** A UNet, references for it, and what its branches predict with them in plain PyTorch. */
export class ReferenceDetail {
  readonly unet: ReferenceUNet;
  readonly reference: ReadonlyMap<string, ReferenceTensor>;
  readonly size: LatentSize;
  readonly sessions: DenoiserSessions;

  private constructor(unet: ReferenceUNet, reference: ReadonlyMap<string, ReferenceTensor>) {
    this.unet = unet;
    this.reference = reference;
    const [, , height = 0, width = 0] = entry(reference, 'latents').shape;
    this.size = { height, width };
    const file = { path: unet.weights.location, data: unet.weights.bytes };
    this.sessions = new DenoiserSessions(unet.backend, {
      unet: { config: unet.config, weights: unet.weights, file },
      ipAdapter: null,
      preview: stableDiffusionPreview,
    });
  }

  static async load(backend: Backend, name: DetailCase): Promise<ReferenceDetail> {
    const isCheckpoint = name === 'sd15' || name === 'half';
    const unet = await (isCheckpoint ? ReferenceUNet.load(backend, name) : ReferenceUNet.loadVariant(backend, name));
    return new ReferenceDetail(unet, await readReferenceTensors('detail', `${name}.safetensors`));
  }

  /** @param count of references. @param inAreas whether each is bound to the reference's areas */
  references(count: number, inAreas = false): readonly DetailReference[] {
    const {
      shape: [, rows = 0, columns = 0],
      values,
    } = entry(this.reference, 'masks');
    return Array.from({ length: count }, (_, index) => {
      const area = rows * columns;
      const shares = Uint8Array.from(values.subarray(index * area, (index + 1) * area), (share) => 255 * share);
      const picture = { picture: { height: rows, width: columns, data: new Uint8Array() }, shares };
      return {
        latents: this.#part('references', index),
        text: new TextSource(this.unet.backend, this.#text(order.length + index, 1), ['text']),
        pin: index,
        subject: null,
        placesAt: (grid) => subjectPlaces(picture, grid),
        areaAt: ({ height, width }) =>
          inAreas ? this.#part(`areas_${height}x${width}`, index) : new Float32Array(height * width).fill(1),
      };
    });
  }

  conditions(references: readonly DetailReference[]): Conditions {
    const text = new TextSource(this.unet.backend, this.#text(0, order.length), order);
    return { branches: new Set(order), sources: [text], wordMaps: null, references };
  }

  /** The same, where each reference goes where its word is. */
  boundConditions(references: readonly DetailReference[]): Conditions {
    const wordMaps = new PinnedWords({
      words: references.map((reference, index) => {
        const own = words[index] ?? [];
        const positions = { text: own, unified: own };
        return { pin: reference.pin, voices: ['detail'], positions, areaAt: (grid) => reference.areaAt(grid) };
      }),
      grid: lookGrids(this.unet.config, this.size).wordMap,
      textPositions: entry(this.reference, 'text').shape[1] ?? 0,
      isBound: true,
    });
    const bound = references.map((reference, subject) => ({ ...reference, subject }));
    return { ...this.conditions(bound), wordMaps };
  }

  /** Layers that see references. */
  get layerCount(): number {
    return detailLayers(this.unet.config).length;
  }

  /** What each branch predicts in one step, by the product's own way. */
  async predict(
    conditions: Conditions,
    mode: Pick<DenoiserMode, 'branches'>,
    branches = order,
  ): Promise<readonly Float32Array[]> {
    const step = await this.open(conditions, mode, branches);
    const predictions: Float32Array[] = [];
    for (const row of branches.keys()) predictions.push((await (await step(row)).read()).latents);
    return predictions;
  }

  /** @returns steps, at these strengths, whose next latents are what the branch of a row predicts */
  async open(
    conditions: Conditions,
    mode: Pick<DenoiserMode, 'branches'>,
    branches = order,
  ): Promise<(row: number, detail?: readonly number[]) => Promise<Denoiser>> {
    const references = conditions.references.length;
    const rest = { keeps: false, reuses: false, captures: false, looks: false } as const;
    const bound = references === 1 ? 'one' : 'several';
    const boundReferences = conditions.wordMaps === null ? false : bound;
    const denoiser = await this.sessions.open(this.size, { ...mode, ...rest, references, boundReferences });
    await denoiser.condition(conditions, branches);
    return async (row, detail = strengths) => {
      denoiser.begin({ latents: entry(this.reference, 'latents').values, history: null, wordMaps: null });
      const coefficients = new Float32Array(2 * (branches.length + 3));
      coefficients[row] = 1;
      const { preview } = await denoiser.step({
        noise: null,
        times: { embeddings: timeEmbeddings([entry(this.reference, 'time_embedding').values]), cond: null },
        timeIndex: 0,
        coefficients,
        moment: {
          branches,
          guidance: { alpha: 0.5, guidanceScale: 7.5 },
          strengths: { look: [], detail },
          step: 0,
          steps: 1,
        },
        noiseLevel: { alpha: 1, sigma: 0 },
        reuseInterval: 1,
      });
      await preview;
      return denoiser;
    };
  }

  #text(first: number, rows: number) {
    const {
      shape: [, tokens = 0, dimension = 0],
      values,
    } = entry(this.reference, 'text');
    const size = tokens * dimension;
    const part = values.slice(first * size, (first + rows) * size);
    return floatTensor(this.unet.backend, part, [rows, tokens, dimension]);
  }

  /** One entry along the first axis. */
  #part(name: string, index: number): Float32Array<ArrayBuffer> {
    const {
      shape: [count = 1],
      values,
    } = entry(this.reference, name);
    const size = values.length / count;
    return values.slice(index * size, (index + 1) * size);
  }
}
