import type { Tensor } from 'onnxruntime-web';

import type { OwnedTensor } from '../../runtime/owned-tensor.ts';
import type { Feeds } from '../../runtime/run-into.ts';
import { fusedUpdateTensors } from '../../graph/graphs/fused-update.ts';

/** What a step begins with, on the host. */
export interface LatentState {
  /** x_t, [C · h·w] */
  readonly latents: Float32Array<ArrayBuffer>;
  /** x̂_0 of the step before, [C · h·w]; null where there was none */
  readonly history: Float32Array<ArrayBuffer> | null;
}

/** x_t and x̂_0, two of each: a step reads one pair and writes the other, so that one that fails leaves what it read. */
export class LatentBuffers {
  readonly #latents: readonly OwnedTensor[];
  readonly #originals: readonly OwnedTensor[];
  #current = 0;

  /** Takes over two tensors for each, [1, C, h·w]. */
  constructor(latents: readonly OwnedTensor[], originals: readonly OwnedTensor[]) {
    this.#latents = latents;
    this.#originals = originals;
  }

  load({ latents, history }: LatentState): void {
    at(this.#latents, this.#current).write(latents);
    const before = at(this.#originals, this.#current);
    if (history === null) before.clear();
    else before.write(history);
  }

  /** @throws PinwordError 'out-of-memory' | 'device-lost' */
  async read(): Promise<LatentState> {
    const latents = await at(this.#latents, this.#current).read();
    return { latents, history: await at(this.#originals, this.#current).read() };
  }

  get inputs(): Feeds {
    return {
      latents: at(this.#latents, this.#current).tensor,
      history: at(this.#originals, this.#current).tensor,
    };
  }

  get outputs(): Feeds {
    return {
      [fusedUpdateTensors.nextLatents]: at(this.#latents, 1 - this.#current).tensor,
      [fusedUpdateTensors.predOriginalSample]: at(this.#originals, 1 - this.#current).tensor,
    };
  }

  /** What a step wrote is what the next one reads. */
  swap(): void {
    this.#current = 1 - this.#current;
  }

  /** x_t under other dims, until the next step. */
  view(dims: readonly number[]): Tensor {
    return at(this.#latents, this.#current).view(dims);
  }

  /** x̂_0 under other dims, until the next step. */
  viewOriginal(dims: readonly number[]): Tensor {
    return at(this.#originals, this.#current).view(dims);
  }

  dispose(): void {
    for (const tensor of [...this.#latents, ...this.#originals]) tensor.dispose();
  }
}

function at(tensors: readonly OwnedTensor[], index: number): OwnedTensor {
  const tensor = tensors[index];
  if (tensor === undefined) throw new RangeError('There are two of each.');
  return tensor;
}
