import { computeType, type GraphWeights } from '../../graph/onnx/parameters.ts';
import type { WeightFile } from '../../runtime/sessions.ts';

/** A part of a model, its weights lying on this machine in the compute dtype. */
export interface LoadedPart<C> {
  readonly config: C;
  readonly weights: GraphWeights;
  readonly file: WeightFile;
}

/** What the part computes in. */
export function precisionOf({ weights }: Pick<LoadedPart<unknown>, 'weights'>): 'f16' | 'f32' {
  return computeType(weights) === 'float16' ? 'f16' : 'f32';
}
