import { precisionOf, type Precision } from '../../contract/memory.ts';
import { computeType, type GraphWeights } from '../../graph/onnx/parameters.ts';
import type { WeightFile } from '../../runtime/weight-files.ts';

/** A part of a model, its weights lying on this machine in the compute dtype. */
export interface LoadedPart<C> {
  readonly config: C;
  readonly weights: GraphWeights;
  readonly file: WeightFile;
}

/** What the part computes in. */
export function partPrecision({ weights }: Pick<LoadedPart<unknown>, 'weights'>): Precision {
  return precisionOf(computeType(weights));
}
