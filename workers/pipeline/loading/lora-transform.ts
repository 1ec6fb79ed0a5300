import type { TensorChange } from '../../checkpoint/lora/tensor-change.ts';
import type { TensorTransform } from '../../weights/convert/convert-blocks.ts';

/** Merges LoRA files into the tensors that they change, while these stream by, one file after the other. */
export function loraTransform(changes: ReadonlyMap<string, readonly TensorChange[]>): TensorTransform {
  return {
    touches: (name) => changes.has(name),
    apply: async (name, _shape, values) => {
      for (const change of changes.get(name) ?? []) await change.apply(values);
      return values;
    },
  };
}
