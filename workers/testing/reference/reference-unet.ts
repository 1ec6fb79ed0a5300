import type { Tensor } from 'onnxruntime-web';

import { kernelsOf } from '../../pipeline/modules/kernels.ts';
import { parseUNetConfig, type UNetConfig } from '../../graph/config/unet-config.ts';
import { buildCrossAttentionStates, crossAttentionStatesTensors } from '../../graph/graphs/cross-attention-states.ts';
import { buildRunBiases, runBiasTensors } from '../../graph/graphs/run-biases.ts';
import { hasRowPerStep } from '../../graph/modules/run-biases.ts';
import type { KernelSet } from '../../graph/onnx/graph-builder.ts';
import { type BuiltGraph, computeType } from '../../graph/onnx/parameters.ts';
import { type Backend, openSession, runSession, type Session } from '../../runtime/sessions.ts';
import { floatTensor, intTensor, output, takeFloats, zeroTensor } from '../../runtime/tensors.ts';
import {
  entry,
  readReferenceJson,
  readReferenceTensors,
  readReferenceWeights,
  type ReferenceCase,
  type ReferenceFolder,
  type ReferenceTensor,
  type ReferenceWeights,
} from './reference-case.ts';
import { buildUNet, unetTensors } from '../../graph/graphs/unet.ts';

/** Networks of other shapes, which workers/reference/unet_variants_reference.py makes. */
export const unetVariants = [
  'no-middle',
  'three-levels-no-middle',
  'plain-middle',
  'text-only-attention',
  'text-only-attention-by-block',
  'lists',
  'guidance-embedding',
] as const;
export type UNetVariant = (typeof unetVariants)[number];

/** Latents [1, C, h, w] with flat pixels, as the graphs take them: [1, C, h·w]. */
export function toFlatTensor(backend: Backend, { values, shape }: ReferenceTensor): Tensor {
  const [batch = 1, channels = 1, height = 1, width = 1] = shape;
  return floatTensor(backend, values, [batch, channels, height * width]);
}

export function toTensor(backend: Backend, { values, shape }: ReferenceTensor): Tensor {
  return floatTensor(backend, values, shape);
}

/** The biases of a run of one step, as the network takes them. */
export function onlyRows(biases: Readonly<Record<string, Tensor>>): Record<string, Tensor> {
  return Object.fromEntries(
    Object.entries(biases).map(([name, tensor]) => [
      name,
      hasRowPerStep(name) ? tensor.reshape([tensor.size]) : tensor,
    ]),
  );
}

/** The UNet of a reference checkpoint on a backend, with what diffusers' UNet answers. */
export class ReferenceUNet {
  readonly backend: Backend;
  readonly kernels: KernelSet;
  readonly config: UNetConfig;
  readonly weights: ReferenceWeights;
  readonly reference: ReadonlyMap<string, ReferenceTensor>;
  readonly #states: Session;
  readonly #biases: Session;

  private constructor(
    backend: Backend,
    config: UNetConfig,
    weights: ReferenceWeights,
    reference: ReadonlyMap<string, ReferenceTensor>,
    { states, biases }: { readonly states: Session; readonly biases: Session },
  ) {
    this.backend = backend;
    this.kernels = kernelsOf(backend);
    this.config = config;
    this.weights = weights;
    this.reference = reference;
    this.#states = states;
    this.#biases = biases;
  }

  static load(backend: Backend, name: ReferenceCase): Promise<ReferenceUNet> {
    const weights = 'unet/diffusion_pytorch_model.safetensors';
    return ReferenceUNet.#read(backend, name, {
      config: 'unet/config.json',
      weights,
      reference: 'reference/unet.safetensors',
    });
  }

  /** One of unetVariants. */
  static loadVariant(backend: Backend, name: UNetVariant): Promise<ReferenceUNet> {
    const weights = `${name}.safetensors`;
    const reference = `${name}.reference.safetensors`;
    return ReferenceUNet.#read(backend, 'unet-variants', { config: `${name}.config.json`, weights, reference });
  }

  static async #read(
    backend: Backend,
    folder: ReferenceFolder,
    paths: { readonly config: string; readonly weights: string; readonly reference: string },
  ): Promise<ReferenceUNet> {
    const config = parseUNetConfig(await readReferenceJson(folder, paths.config));
    const weights = await readReferenceWeights(folder, paths.weights);
    const reference = await readReferenceTensors(folder, paths.reference);
    const [, tokens = 0] = entry(reference, 'hidden_states').shape;
    const options = { kernels: kernelsOf(backend), tokens };
    const states = await open(backend, weights, buildCrossAttentionStates(config, weights, options));
    const biases = await open(backend, weights, buildRunBiases(config, weights, options));
    return new ReferenceUNet(backend, config, weights, reference, { states, biases });
  }

  /** Opens another graph over the UNet's weights. On WebGPU it is refused if a node would run on the CPU. */
  open(graph: BuiltGraph): Promise<Session> {
    return open(this.backend, this.weights, graph);
  }

  /** The noise that the whole network predicts, from the reference's latents of this size. @param rows the branches, in their order */
  async predict([height, width]: readonly [number, number], rows: readonly number[]): Promise<Float32Array> {
    const session = await this.open(buildUNet(this.config, this.weights, { kernels: this.kernels, height, width }));
    const latents = toFlatTensor(this.backend, entry(this.reference, `${height}x${width}.latents`));
    const results = await runSession(session, { latents, ...(await this.conditions(rows)) });
    await session.release();
    return takeFloats(output(results, 'noise_prediction'));
  }

  /** What diffusers' UNet predicts from the same. */
  expected([height, width]: readonly [number, number]): Float32Array {
    return entry(this.reference, `${height}x${width}.noise_prediction`).values;
  }

  /** Gives the sessions that are the same for every size back. */
  async release(): Promise<void> {
    await this.#states.release();
    await this.#biases.release();
  }

  /** What the reference's timestep, and the guidance scale where the network reads it, add to all pixels alike. */
  async biases(): Promise<Record<string, Tensor>> {
    const cond = this.reference.get('timestep_cond');
    const made = await runSession(this.#biases, {
      [runBiasTensors.timeEmbeddings]: toTensor(this.backend, entry(this.reference, 'time_embedding')),
      ...(cond === undefined ? {} : { [runBiasTensors.timestepCond]: toTensor(this.backend, cond) }),
    });
    return onlyRows(made);
  }

  /** The feeds that do not depend on the size: keys and values of the chosen rows, zeros, biases. */
  async conditions(rows: readonly number[]): Promise<Record<string, Tensor>> {
    const type = computeType(this.weights);
    const states = await runSession(this.#states, {
      [crossAttentionStatesTensors.hiddenStates]: toTensor(this.backend, entry(this.reference, 'hidden_states')),
      [crossAttentionStatesTensors.branchRows]: intTensor(this.backend, Int32Array.from(rows), [rows.length]),
    });
    return {
      ...states,
      [unetTensors.branchZeros]: await zeroTensor(this.backend, type, [rows.length, 1, 1]),
      ...(await this.biases()),
    };
  }
}

function open(backend: Backend, { bytes, location }: ReferenceWeights, { model }: BuiltGraph): Promise<Session> {
  return openSession(backend, model, [{ path: location, data: bytes }], { strict: true });
}
