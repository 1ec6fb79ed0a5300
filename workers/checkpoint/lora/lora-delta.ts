import type { FileModule } from './file-module.ts';
import { isFlatFrom, LowRank, product, spread } from './low-rank.ts';
import type { DeltaPlan } from './tensor-change.ts';
import type { Part } from './tensor-names.ts';

export const loraParts = ['lora_down', 'lora_up', 'lora_mid', 'lora_bias', 'alpha'] as const satisfies readonly Part[];

/** Rank of a LoRA module: rows of its down part. */
export function loraRank(module: FileModule): number {
  return module.requireShape('lora_down')[0] ?? 0;
}

/**
 * LoRA (Hu et al. 2021, arXiv 2106.09685): up · down, and LoCon with Tucker's core, Σ up[o, m] · mid[m, n, k] · down[n, i].
 * @throws PinwordError 'bad-lora' where shapes do not fit.
 */
export function planLora(module: FileModule, shape: readonly number[]): DeltaPlan {
  return planLowRank(module, shape, { down: 'lora_down', up: 'lora_up', mid: 'lora_mid' });
}

/** @param parts the names that a method has for the three factors. */
export function planLowRank(
  module: FileModule,
  shape: readonly number[],
  parts: { readonly down: Part; readonly up: Part; readonly mid: Part },
): DeltaPlan {
  const down = module.requireShape(parts.down);
  const up = module.requireShape(parts.up);
  const mid = module.shape(parts.mid);
  const [outputs, inputs, ...window] = shape;
  const [rank = 0] = down;
  const [outer = 0] = mid ?? down;
  const hasCore =
    mid === null
      ? product(down.slice(1)) === product(shape.slice(1))
      : mid[1] === rank && product(mid.slice(2)) === product(window) && isFlatFrom(down, 2);
  const fits =
    rank > 0 && outer > 0 && up[0] === outputs && up[1] === outer && isFlatFrom(up, 2) && down[1] === inputs && hasCore;
  module.requireFit(fits, [parts.up, ...(mid === null ? [] : [parts.mid]), parts.down], shape);
  return {
    load: async (strength) => {
      const factor = await module.read(parts.down);
      const columns = mid === null ? factor : spread(await module.read(parts.mid), factor, outer, rank);
      return new LowRank(await module.read(parts.up), columns, outer, strength);
    },
  };
}
