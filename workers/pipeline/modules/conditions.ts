import type { Tensor } from 'onnxruntime-web';

/** A condition that the network is asked for: h_u, h_y or h_∅ (UMM-Diffusion, 3.3). */
export type Branch = 'unified' | 'text' | 'unconditional';

/** The hidden states of a run and which row each branch reads. */
export interface Conditions {
  /** [rows,77,D] f32, on the host: they outlive the encoder's session */
  readonly hiddenStates: Tensor;
  /** 'unified' is absent where nothing is pinned. */
  readonly rows: ReadonlyMap<Branch, number>;
}
