import { computeType, type GraphWeights } from '../../graph/onnx/parameters.ts';
import type { WeightFile } from '../../runtime/sessions.ts';

/** A module of the checkpoint, its weights lying on this machine in the compute dtype. */
export interface Component<C> {
  readonly config: C;
  readonly weights: GraphWeights;
  readonly file: WeightFile;
}

/** What the module computes in. */
export function precisionOf({ weights }: Pick<Component<unknown>, 'weights'>): 'f16' | 'f32' {
  return computeType(weights) === 'float16' ? 'f16' : 'f32';
}
