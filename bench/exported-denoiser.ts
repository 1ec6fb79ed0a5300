import { readFile } from 'node:fs/promises';

import type { Tensor } from 'onnxruntime-web';

import type { WeightedBranch } from '../workers/pipeline/denoising/guidance.ts';
import { openSession, runSession, type Backend, type Session } from '../workers/runtime/sessions.ts';
import { floatTensor, output, takeFloats } from '../workers/runtime/tensors.ts';
import type { SchedulerStep } from '../workers/schedulers/scheduler.ts';
import type { LatentSize } from '../workers/pipeline/modules/latent-size.ts';

/** The graph of export_unet.py: all branches in one run of a fixed batch; guidance and the sampler in JavaScript. */
export class ExportedDenoiser {
  readonly #backend: Backend;
  readonly #session: Session;
  readonly #dims: readonly number[];

  private constructor(backend: Backend, session: Session, dims: readonly number[]) {
    this.#backend = backend;
    this.#session = session;
    this.#dims = dims;
  }

  /** @param batch branches that it was exported for @param channels of the latents */
  static async open(
    backend: Backend,
    path: string,
    { batch, channels, height, width }: LatentSize & { readonly batch: number; readonly channels: number },
  ): Promise<ExportedDenoiser> {
    const session = await openSession(backend, new Uint8Array(await readFile(path)), []);
    return new ExportedDenoiser(backend, session, [batch, channels, height, width]);
  }

  /**
   * @param latents [C·h·w]
   * @param hiddenStates [B, S, D], in the order of the branches
   * @returns the latents of the next step
   */
  async step(
    latents: Float32Array,
    { next }: Pick<SchedulerStep, 'next'>,
    timestep: number,
    hiddenStates: Tensor,
    branches: readonly WeightedBranch[],
  ): Promise<Float32Array> {
    const [batch = 1] = this.#dims;
    const sample = new Float32Array(batch * latents.length);
    const times = new this.#backend.ort.Tensor('int64', new BigInt64Array(batch).fill(BigInt(timestep)), [batch]);
    for (let row = 0; row < batch; row++) sample.set(latents, row * latents.length);
    const results = await runSession(this.#session, {
      sample: floatTensor(this.#backend, sample, this.#dims),
      timestep: times,
      encoder_hidden_states: hiddenStates,
    });
    const predictions = await takeFloats(output(results, 'out_sample'));
    return latents.map((value, index) => {
      const guided = branches.reduce(
        (sum, { weight }, row) => sum + weight * (predictions[row * latents.length + index] ?? NaN),
        0,
      );
      return next.latents * value + next.model * guided;
    });
  }

  release(): Promise<void> {
    return this.#session.release();
  }
}
