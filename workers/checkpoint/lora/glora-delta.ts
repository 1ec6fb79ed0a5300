import type { FileModule } from './file-module.ts';
import { planLowRank } from './lora-delta.ts';
import { isFlatFrom, product } from './low-rank.ts';
import type { DeltaPlan, RowDelta } from './tensor-change.ts';
import type { Part } from './tensor-names.ts';

export const gloraParts = ['a1', 'a2', 'b1', 'b2', 'bm', 'alpha'] as const satisfies readonly Part[];

export function gloraRank(module: FileModule): number {
  return module.requireShape('a2')[0] ?? 0;
}

/**
 * GLoRA (Chavan et al. 2023, arXiv 2306.07967) as LyCORIS has it: W · a1 · a2 + b1 · b2, where W · a1 is over the input
 * channels. @throws PinwordError 'bad-lora' where shapes do not fit.
 */
export function planGlora(module: FileModule, shape: readonly number[]): DeltaPlan {
  const added = planLowRank(module, shape, { down: 'b2', up: 'b1', mid: 'bm' });
  const inner = module.requireShape('a1');
  const outer = module.requireShape('a2');
  const [, inputs = 0, ...window] = shape;
  const [rank = 0] = outer;
  const fits =
    rank > 0 &&
    inner[0] === inputs &&
    inner[1] === rank &&
    isFlatFrom(inner, 2) &&
    outer[1] === inputs &&
    isFlatFrom(outer, 2);
  module.requireFit(fits, ['a1', 'a2'], shape);
  return {
    load: async (strength) => {
      const own = ownPart(await module.read('a1'), await module.read('a2'), {
        inputs,
        rank,
        window: product(window),
        strength,
      });
      const rest = await added.load(strength);
      return {
        addTo: (values, row) => {
          own.addTo(values, row);
          rest.addTo(values, row);
        },
      };
    },
  };
}

interface Sizes {
  readonly inputs: number;
  readonly rank: number;
  readonly window: number;
  readonly strength: number;
}

/** A row of W, times a1 · a2. */
function ownPart(a1: Float32Array, a2: Float32Array, { inputs, rank, window, strength }: Sizes): RowDelta {
  const middle = new Float32Array(rank * window);
  return {
    addTo: (values) => {
      middle.fill(0);
      for (let i = 0; i < inputs; i++)
        for (let j = 0; j < rank; j++) {
          const factor = strength * (a1[i * rank + j] ?? 0);
          for (let k = 0; k < window; k++)
            middle[j * window + k] = (middle[j * window + k] ?? 0) + factor * (values[i * window + k] ?? 0);
        }
      for (let j = 0; j < rank; j++)
        for (let i = 0; i < inputs; i++) {
          const factor = a2[j * inputs + i] ?? 0;
          for (let k = 0; k < window; k++)
            values[i * window + k] = (values[i * window + k] ?? 0) + factor * (middle[j * window + k] ?? 0);
        }
    },
  };
}
