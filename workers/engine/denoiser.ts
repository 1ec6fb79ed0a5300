import type { InferenceSession, Tensor } from 'onnxruntime-web';

import { runSession, type Backend } from '../runtime/sessions.ts';
import { floatTensor, intTensor, output, zeroTensor, type ComputeType } from '../runtime/tensors.ts';

/** The two graphs of the UNet: what is constant over a run, and one step. */
export interface DenoiserSessions {
  /** hidden_states, rows → key_i, value_i */
  readonly crossAttentionStates: InferenceSession;
  /** one denoising step, fused with guidance, sampler and preview */
  readonly step: InferenceSession;
}

export interface LatentSize {
  readonly height: number;
  readonly width: number;
}

export interface StepInput {
  /** [1,4,h,w] f32 */
  readonly latents: Tensor;
  /** previous predicted x_0, [1,4,h,w] f32; null at the first step */
  readonly history: Tensor | null;
  /** fresh noise [1,4,h,w] f32, or null where the step adds none */
  readonly noise: Float32Array | null;
  /** [1,C0] f32 */
  readonly timeEmbedding: Float32Array;
  /** [2,B+3] f32 */
  readonly coefficients: Float32Array;
}

export interface StepOutput {
  /** x_{t−1} [1,4,h,w] f32, on the GPU */
  readonly latents: Tensor;
  /** x̂_0 [1,4,h,w] f32, on the GPU */
  readonly original: Tensor;
  /** RGB [1,3,h,w] f32, on the GPU until it is read */
  readonly preview: Tensor;
}

/** Tensors that stay on the GPU between the runs of the denoiser. */
export const gpuStepOutputs = ['next_latents', 'predicted_original', 'preview'] as const;

/** Runs denoising steps for one size and one condition at a time. Keeps all that does not change on the GPU. */
export class Denoiser {
  readonly #backend: Backend;
  readonly #sessions: DenoiserSessions;
  readonly #latentDims: readonly number[];
  readonly #computeType: ComputeType;
  readonly #zeros: Tensor;
  #keysAndValues: Record<string, Tensor> = {};
  #branchZeros: Tensor | null = null;
  #condition: { readonly hiddenStates: Tensor; readonly rows: string } | null = null;

  constructor(backend: Backend, sessions: DenoiserSessions, size: LatentSize, computeType: ComputeType) {
    this.#backend = backend;
    this.#sessions = sessions;
    this.#latentDims = [1, 4, size.height, size.width];
    this.#computeType = computeType;
    this.#zeros = zeroTensor(backend, 'float32', this.#latentDims);
  }

  /**
   * Computes keys and values of every cross-attention for the chosen rows of the hidden states; they hold until other
   * rows are needed (α moved to 0 or 1, w to 1, or back) or the caption changes.
   * @param hiddenStates [rows,77,D]
   */
  async condition(hiddenStates: Tensor, rows: readonly number[]): Promise<void> {
    const wanted = { hiddenStates, rows: rows.join() };
    if (this.#condition?.hiddenStates === hiddenStates && this.#condition.rows === wanted.rows) return;
    const states = await runSession(this.#sessions.crossAttentionStates, {
      hidden_states: hiddenStates,
      branch_rows: intTensor(this.#backend, Int32Array.from(rows), [rows.length]),
    });
    this.#releaseCondition();
    this.#keysAndValues = { ...states };
    this.#branchZeros = zeroTensor(this.#backend, this.#computeType, [rows.length, 1, 1]);
    this.#condition = wanted;
  }

  /** The caller owns and disposes what comes back. */
  async step(input: StepInput): Promise<StepOutput> {
    const branches = this.#branchZeros?.dims[0] ?? 0;
    const results = await runSession(this.#sessions.step, {
      latents: input.latents,
      history: input.history ?? this.#zeros,
      noise: input.noise === null ? this.#zeros : floatTensor(this.#backend, input.noise, this.#latentDims),
      time_embedding: floatTensor(this.#backend, input.timeEmbedding, [1, input.timeEmbedding.length]),
      coefficients: floatTensor(this.#backend, input.coefficients, [2, branches + 3]),
      ...(this.#branchZeros === null ? {} : { branch_zeros: this.#branchZeros }),
      ...this.#keysAndValues,
    });
    return {
      latents: output(results, 'next_latents'),
      original: output(results, 'predicted_original'),
      preview: output(results, 'preview'),
    };
  }

  /** A [1,4,h,w] tensor from noise on the host. */
  latents(values: Float32Array): Tensor {
    return floatTensor(this.#backend, values, this.#latentDims);
  }

  dispose(): void {
    this.#releaseCondition();
    this.#zeros.dispose();
  }

  #releaseCondition(): void {
    for (const tensor of Object.values(this.#keysAndValues)) tensor.dispose();
    this.#branchZeros?.dispose();
    this.#keysAndValues = {};
    this.#branchZeros = null;
    this.#condition = null;
  }
}
