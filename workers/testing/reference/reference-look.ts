import type { Tensor } from 'onnxruntime-web';

import { buildLookStates, lookStatesTensors } from '../../graph/graphs/look-states.ts';
import { unetTensors } from '../../graph/graphs/unet.ts';
import { lookGrids, type LookGrids } from '../../graph/modules/look-grids.ts';
import { lookLayers, type Grid, type Subjects } from '../../graph/modules/look-names.ts';
import { computeType } from '../../graph/onnx/parameters.ts';
import type { Branch, StepMoment } from '../../pipeline/modules/conditions.ts';
import { LookSource, type LookSubject } from '../../pipeline/modules/look-source.ts';
import { PinnedWords, type PinnedWord } from '../../pipeline/modules/pinned-words.ts';
import { TextSource } from '../../pipeline/modules/text-source.ts';
import { buildCrossAttentionStates } from '../../graph/graphs/cross-attention-states.ts';
import { openSession, runSession, type Backend, type Session } from '../../runtime/sessions.ts';
import { floatTensor, zeroTensor } from '../../runtime/tensors.ts';
import {
  entry,
  readReferenceTensors,
  readReferenceWeights,
  type ReferenceTensor,
  type ReferenceWeights,
} from './reference-case.ts';
import { ReferenceUNet, toFlatTensor, toTensor } from './reference-unet.ts';
import { buildUNet } from '../../graph/graphs/unet.ts';

/** Networks that workers/reference/look_unet_reference.py gives an adapter. */
export type LookCase = 'sd15' | 'half' | 'lists' | 'no-middle';

export const order: readonly Branch[] = ['unified', 'text', 'unconditional'];

/** A subject of the reference: which of its photos, and what else differs from one to the other. */
export interface ReferenceSubject
  extends Partial<Pick<LookSubject, 'layerWeights'>>, Partial<Pick<PinnedWord, 'positions' | 'areaAt'>> {
  readonly subject: number;
  readonly photos: number;
}

/** A UNet with an adapter, fed through the product's own sources, and what diffusers answers. */
export class ReferenceLook {
  readonly unet: ReferenceUNet;
  readonly reference: ReadonlyMap<string, ReferenceTensor>;
  readonly adapter: ReferenceWeights;
  /** Sessions that make keys and values, by how many image tokens they take. */
  readonly #states = new Map<number, { readonly text: Session; readonly look: Session }>();

  private constructor(unet: ReferenceUNet, reference: ReadonlyMap<string, ReferenceTensor>, adapter: ReferenceWeights) {
    this.unet = unet;
    this.reference = reference;
    this.adapter = adapter;
  }

  static async load(backend: Backend, name: LookCase): Promise<ReferenceLook> {
    const unet =
      name === 'sd15' || name === 'half'
        ? await ReferenceUNet.load(backend, name)
        : await ReferenceUNet.loadVariant(backend, name);
    return new ReferenceLook(
      unet,
      await readReferenceTensors('look-unet', `${name}.reference.safetensors`),
      await readReferenceWeights('look-unet', `${name}.adapter.safetensors`),
    );
  }

  /** Layers in the order of adapter files. */
  get layerCount(): number {
    return lookLayers(this.unet.config).length;
  }

  grids(size: Grid): LookGrids {
    return lookGrids(this.unet.config, size);
  }

  /** The reference's tokens of these subjects. */
  source(size: Grid, subjects: readonly ReferenceSubject[], isBound = false): LookSource {
    const photos = entry(this.reference, 'photos');
    const [, perSubject = 1, tokens = 1, dimension = 1] = photos.shape;
    return new LookSource(this.unet.backend, {
      subjects: subjects.map(({ subject, photos: count, layerWeights }) => {
        const start = subject * perSubject * tokens * dimension;
        return {
          tokens: photos.values.slice(start, start + count * tokens * dimension),
          layerWeights: layerWeights ?? lookLayers(this.unet.config).map(() => 1),
        };
      }),
      words: new PinnedWords({
        words: subjects.map(({ positions, areaAt }, pin) => ({
          pin,
          voices: ['look'],
          positions: positions ?? { text: [], unified: [] },
          areaAt: areaAt ?? (({ height, width }) => new Float32Array(height * width).fill(1)),
        })),
        grid: this.grids(size).wordMap,
        textPositions: entry(this.reference, 'text').shape[1] ?? 0,
        isBound,
      }),
      negative: entry(this.reference, 'nothing').values,
      dimension,
      layers: lookLayers(this.unet.config).map(({ index }) => index),
      grids: this.grids(size),
    });
  }

  /** Keys and values of text and look, live inputs and zeros, for these branches of a step. */
  async feeds(look: LookSource, branches: readonly Branch[], moment: StepMoment): Promise<Record<string, Tensor>> {
    const { backend, weights } = this.unet;
    const text = new TextSource(backend, toTensor(backend, entry(this.reference, 'text')), order);
    const inputs = look.projectionInputs(branches);
    const states = await this.#openStates(inputs[lookStatesTensors.tokens]?.dims[1] ?? 0);
    return {
      ...(await runSession(states.text, text.projectionInputs(branches))),
      ...(await runSession(states.look, inputs)),
      ...Object.fromEntries(
        Object.entries({ ...look.liveFeeds(branches, moment), ...look.wordMaps.liveFeeds(branches, moment) }).map(
          ([name, { values, dims }]) => [name, floatTensor(backend, values, dims)],
        ),
      ),
      [unetTensors.branchZeros]: await zeroTensor(backend, computeType(weights), [branches.length, 1, 1]),
      ...(await this.unet.biases()),
    };
  }

  async #openStates(imageTokens: number): Promise<{ readonly text: Session; readonly look: Session }> {
    const known = this.#states.get(imageTokens);
    if (known !== undefined) return known;
    const { config, weights, kernels } = this.unet;
    const [, tokens = 0] = entry(this.reference, 'text').shape;
    const options = { kernels, tokens: imageTokens, networkType: computeType(weights) };
    const made = {
      text: await this.unet.open(buildCrossAttentionStates(config, weights, { kernels, tokens })),
      look: await openAdapter(this.unet.backend, this.adapter, buildLookStates(config, this.adapter, options).model),
    };
    this.#states.set(imageTokens, made);
    return made;
  }

  latents(size: string, step = 0): Tensor {
    return toFlatTensor(this.unet.backend, entry(this.reference, `${size}.${step}.latents`));
  }

  /** The network that looks at pictures. */
  openLooking({ height, width }: Grid, look: Subjects): Promise<Session> {
    const { config, weights, kernels } = this.unet;
    return this.unet.open(buildUNet(config, weights, { kernels, height, width, look }));
  }
}

function openAdapter(backend: Backend, { bytes, location }: ReferenceWeights, model: Uint8Array): Promise<Session> {
  return openSession(backend, model, [{ path: location, data: bytes }], { strict: true });
}
