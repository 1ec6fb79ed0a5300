import type { Tensor } from 'onnxruntime-web';

import type { Backend } from '../../runtime/sessions.ts';
import { floatTensor, zeroTensor } from '../../runtime/tensors.ts';
import type { StepInput } from './denoiser.ts';
import type { LatentSize } from '../modules/latent-size.ts';

/** Makes the inputs of guidance and sampler (graph/fused-update.ts), however the noise predictions come about. */
export class StepFeeds {
  readonly #backend: Backend;
  readonly #latentDims: readonly number[];
  /** Stands for the history of a first step and for noise that a step does not add. */
  readonly #zeros: Tensor;

  private constructor(backend: Backend, latentDims: readonly number[], zeros: Tensor) {
    this.#backend = backend;
    this.#latentDims = latentDims;
    this.#zeros = zeros;
  }

  /** @throws PinwordError 'out-of-memory' | 'device-lost' */
  static async open(backend: Backend, { height, width }: LatentSize): Promise<StepFeeds> {
    const latentDims = [1, 4, height, width];
    return new StepFeeds(backend, latentDims, await zeroTensor(backend, 'float32', latentDims));
  }

  /** [1,C0] */
  timeEmbedding({ timeEmbedding }: StepInput): Tensor {
    return floatTensor(this.#backend, timeEmbedding, [1, timeEmbedding.length]);
  }

  update({
    latents,
    history,
    noise,
    coefficients,
  }: StepInput): Record<'latents' | 'history' | 'noise' | 'coefficients', Tensor> {
    return {
      latents,
      history: history ?? this.#zeros,
      noise: noise === null ? this.#zeros : floatTensor(this.#backend, noise, this.#latentDims),
      coefficients: floatTensor(this.#backend, coefficients, [2, coefficients.length / 2]),
    };
  }

  dispose(): void {
    this.#zeros.dispose();
  }
}
