import type { InferenceSession, Tensor } from 'onnxruntime-web';

import { output } from '../../runtime/tensors.ts';

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

/** Runs denoising steps for one size and one condition at a time. */
export interface Denoiser {
  /**
   * Computes keys and values of every cross-attention for the chosen rows of the hidden states; they hold until other
   * rows are needed (α moved to 0 or 1, w to 1, or back) or the caption changes.
   * @param hiddenStates [rows,77,D]
   */
  condition(hiddenStates: Tensor, rows: readonly number[]): Promise<void>;
  /** The caller owns and disposes what comes back. */
  step(input: StepInput): Promise<StepOutput>;
  dispose(): void;
}

/** Tensors that stay on the GPU between runs. */
export const gpuStepOutputs = ['next_latents', 'predicted_original', 'preview'] as const;

/** The outputs of a graph that ends in the fused update. */
export function stepOutput(results: InferenceSession.ReturnType): StepOutput {
  return {
    latents: output(results, 'next_latents'),
    original: output(results, 'predicted_original'),
    preview: output(results, 'preview'),
  };
}
