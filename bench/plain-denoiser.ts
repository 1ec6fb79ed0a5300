import type { Tensor } from 'onnxruntime-web';

import type { WeightedBranch } from '../workers/pipeline/denoising/guidance.ts';
import { kernelsOf } from '../workers/pipeline/modules/kernels.ts';
import type { UNetConfig } from '../workers/graph/config/unet-config.ts';
import { crossAttentionLayers } from '../workers/graph/modules/cross-attention-layers.ts';
import {
  buildCrossAttentionStates,
  crossAttentionStatesTensors,
} from '../workers/graph/graphs/cross-attention-states.ts';
import { buildRunBiases, runBiasTensors } from '../workers/graph/graphs/run-biases.ts';
import { buildUNet, unetTensors } from '../workers/graph/graphs/unet.ts';
import { openSession, runSession, type Backend, type Session } from '../workers/runtime/sessions.ts';
import { floatTensor, intTensor, output, takeFloats, zeroTensor } from '../workers/runtime/tensors.ts';
import type { SchedulerStep } from '../workers/schedulers/scheduler.ts';
import { onlyRows } from '../workers/testing/reference/reference-unet.ts';
import type { LoadedPart } from '../workers/pipeline/modules/loaded-part.ts';
import type { LatentSize } from '../workers/pipeline/modules/latent-size.ts';

/**
 * The plain way to denoise: for each branch one run of the network, which makes its keys and values and what comes of
 * the timestep again as an exported UNet does, and a readback; guidance (UMM-Diffusion, Eq. 8) and the sampler in JavaScript.
 */
export class PlainDenoiser {
  readonly #backend: Backend;
  readonly #states: Session;
  readonly #biases: Session;
  readonly #unet: Session;
  readonly #dims: readonly number[];
  readonly #zero: Tensor;

  private constructor(
    backend: Backend,
    { states, biases, unet }: Readonly<Record<'states' | 'biases' | 'unet', Session>>,
    channels: number,
    { height, width }: LatentSize,
    zero: Tensor,
  ) {
    this.#backend = backend;
    this.#states = states;
    this.#biases = biases;
    this.#unet = unet;
    this.#dims = [1, channels, height * width];
    this.#zero = zero;
  }

  /**
   * @param unet in f32
   * @param tokens S of the hidden states
   */
  static async open(
    backend: Backend,
    { config, weights, file }: LoadedPart<UNetConfig>,
    size: LatentSize,
    tokens: number,
  ): Promise<PlainDenoiser> {
    const kernels = kernelsOf(backend);
    const gpuOutputs = crossAttentionLayers(config).flatMap(({ key, value }) => [key, value]);
    const { model } = buildCrossAttentionStates(config, weights, { kernels, tokens });
    const states = await openSession(backend, model, [file], { gpuOutputs });
    const biases = await openSession(backend, buildRunBiases(config, weights, { kernels }).model, [file]);
    const unet = await openSession(backend, buildUNet(config, weights, { kernels, ...size }).model, [file]);
    const zero = await zeroTensor(backend, 'float32', [1, 1, 1]);
    return new PlainDenoiser(backend, { states, biases, unet }, config.in_channels, size, zero);
  }

  /**
   * @param latents [C·h·w]
   * @returns the latents of the next step
   */
  async step(
    latents: Float32Array,
    step: Pick<SchedulerStep, 'next'>,
    timeEmbedding: Float32Array,
    hiddenStates: Tensor,
    branches: readonly WeightedBranch[],
  ): Promise<Float32Array> {
    const guided = new Float32Array(latents.length);
    for (const [row, { weight }] of branches.entries()) {
      const prediction = await this.#predict(latents, timeEmbedding, hiddenStates, row);
      for (const [index, value] of prediction.entries()) guided[index] = (guided[index] ?? 0) + weight * value;
    }
    const { model, latents: kept } = step.next;
    return latents.map((value, index) => kept * value + model * (guided[index] ?? 0));
  }

  async #predict(
    latents: Float32Array,
    timeEmbedding: Float32Array,
    hiddenStates: Tensor,
    row: number,
  ): Promise<Float32Array> {
    const keysAndValues = await runSession(this.#states, {
      [crossAttentionStatesTensors.hiddenStates]: hiddenStates,
      [crossAttentionStatesTensors.branchRows]: intTensor(this.#backend, Int32Array.of(row), [1]),
    });
    const biases = await runSession(this.#biases, {
      [runBiasTensors.timeEmbeddings]: floatTensor(this.#backend, timeEmbedding, [1, timeEmbedding.length]),
    });
    const results = await runSession(this.#unet, {
      latents: floatTensor(this.#backend, latents, this.#dims),
      ...onlyRows(biases),
      [unetTensors.branchZeros]: this.#zero,
      ...keysAndValues,
    });
    for (const tensor of Object.values(keysAndValues)) tensor.dispose();
    return takeFloats(output(results, unetTensors.noisePrediction));
  }
}
