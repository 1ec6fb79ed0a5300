import type { LoraDelta } from '../../checkpoint/lora.ts';
import { addDeltas, loadDeltas } from '../../checkpoint/lora-merge.ts';
import type { TensorTransform } from '../../weights/convert/convert-blocks.ts';

/** Merges LoRA files into the tensors that they change, while these stream by: W + Σ scale · up·down. */
export function loraTransform(deltas: ReadonlyMap<string, readonly LoraDelta[]>): TensorTransform {
  return {
    touches: (name) => deltas.has(name),
    apply: async (name, _shape, values) => {
      addDeltas(await loadDeltas(deltas.get(name) ?? []), values);
      return values;
    },
  };
}
