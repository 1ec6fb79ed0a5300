import type { InferenceSession, Tensor } from 'onnxruntime-web';

import { runSession, type Backend } from '../runtime/sessions.ts';
import { floatTensor, intTensor, zeroTensor, type ComputeType } from '../runtime/tensors.ts';
import { stepOutput, type Denoiser, type LatentSize, type StepInput, type StepOutput } from './denoiser.ts';

export interface FusedSessions {
  /** hidden_states, branch_rows → key_i, value_i */
  readonly crossAttentionStates: InferenceSession;
  /** One denoising step of all branches with guidance, sampler and preview. */
  readonly step: InferenceSession;
}

/** All branches in one run a step. Keeps all that does not change on the GPU. */
export class FusedDenoiser implements Denoiser {
  readonly #backend: Backend;
  readonly #sessions: FusedSessions;
  readonly #latentDims: readonly number[];
  readonly #computeType: ComputeType;
  readonly #zeros: Tensor;
  #condition: Condition | null = null;

  constructor(backend: Backend, sessions: FusedSessions, size: LatentSize, computeType: ComputeType) {
    this.#backend = backend;
    this.#sessions = sessions;
    this.#latentDims = [1, 4, size.height, size.width];
    this.#computeType = computeType;
    this.#zeros = zeroTensor(backend, 'float32', this.#latentDims);
  }

  async condition(hiddenStates: Tensor, rows: readonly number[]): Promise<void> {
    const key = rows.join();
    if (this.#condition?.hiddenStates === hiddenStates && this.#condition.key === key) return;
    const states = await runSession(this.#sessions.crossAttentionStates, {
      hidden_states: hiddenStates,
      branch_rows: intTensor(this.#backend, Int32Array.from(rows), [rows.length]),
    });
    this.#releaseCondition();
    const branchZeros = zeroTensor(this.#backend, this.#computeType, [rows.length, 1, 1]);
    this.#condition = { hiddenStates, key, branches: rows.length, feeds: { ...states, branch_zeros: branchZeros } };
  }

  async step(input: StepInput): Promise<StepOutput> {
    const results = await runSession(this.#sessions.step, {
      latents: input.latents,
      history: input.history ?? this.#zeros,
      noise: input.noise === null ? this.#zeros : this.latents(input.noise),
      time_embedding: floatTensor(this.#backend, input.timeEmbedding, [1, input.timeEmbedding.length]),
      coefficients: floatTensor(this.#backend, input.coefficients, [2, (this.#condition?.branches ?? 0) + 3]),
      ...this.#condition?.feeds,
    });
    return stepOutput(results);
  }

  latents(values: Float32Array): Tensor {
    return floatTensor(this.#backend, values, this.#latentDims);
  }

  dispose(): void {
    this.#releaseCondition();
    this.#zeros.dispose();
  }

  #releaseCondition(): void {
    for (const tensor of Object.values(this.#condition?.feeds ?? {})) tensor.dispose();
    this.#condition = null;
  }
}

/** What the hidden states of the chosen branches were turned into. */
interface Condition {
  readonly hiddenStates: Tensor;
  readonly key: string;
  readonly branches: number;
  /** key_i, value_i and branch_zeros */
  readonly feeds: Readonly<Record<string, Tensor>>;
}
