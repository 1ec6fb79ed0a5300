import type { FileModule } from './file-module.ts';
import { product } from './low-rank.ts';
import type { ModuleChange, TensorChange } from './tensor-change.ts';
import type { Part } from './tensor-names.ts';

export const ia3Parts = ['weight', 'on_input'] as const satisfies readonly Part[];
export const peftIa3Parts = ['ia3_l'] as const satisfies readonly Part[];

/**
 * IA³ (Liu et al. 2022, arXiv 2205.05638) as LyCORIS has it: W · (1 + strength · w), per output or per input channel.
 * @throws PinwordError 'bad-lora' where shapes do not fit.
 */
export async function planIa3(module: FileModule, shape: readonly number[], strength: number): Promise<ModuleChange> {
  const onInput = (await module.readNumber('on_input')) !== 0;
  const [outputs = 0, inputs = 0] = shape;
  module.requireFit(product(module.requireShape('weight')) === (onInput ? inputs : outputs), ['weight'], shape);
  const factors = async () => (await module.read('weight')).map((value) => 1 + strength * value);
  return { weight: scaled(shape, onInput, factors), bias: null };
}

/** The same as peft writes it, where l itself is the factor, and of outputs also the bias's. */
export function planPeftIa3(module: FileModule, shape: readonly number[], strength: number): ModuleChange {
  const factor = module.requireShape('ia3_l');
  const [outputs = 0, inputs = 0] = shape;
  const onInput = factor[0] === 1 && outputs !== 1;
  module.requireFit(product(factor) === (onInput ? inputs : outputs), ['ia3_l'], shape);
  const factors = async () => (await module.read('ia3_l')).map((value) => 1 + strength * (value - 1));
  return { weight: scaled(shape, onInput, factors), bias: onInput ? null : scaled([outputs], false, factors) };
}

function scaled(shape: readonly number[], onInput: boolean, read: () => Promise<Float32Array>): TensorChange {
  const [outputs = 1] = shape;
  const window = product(shape.slice(2));
  return {
    apply: async (values) => {
      const factors = await read();
      const columns = values.length / outputs;
      for (let i = 0; i < values.length; i++) {
        const channel = onInput ? Math.floor((i % columns) / window) : Math.floor(i / columns);
        values[i] = (values[i] ?? 0) * (factors[channel] ?? 1);
      }
    },
  };
}
