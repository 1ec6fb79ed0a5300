import { quoted } from './bad-lora.ts';
import type { FileModule } from './file-module.ts';
import { LowRank, product, spread, transposed } from './low-rank.ts';
import type { DeltaPlan } from './tensor-change.ts';
import type { Part } from './tensor-names.ts';

export function lohaRank(module: FileModule): number {
  return module.requireShape('hada_w1_b')[0] ?? 0;
}

/**
 * LoHa (Hyeon-Woo et al. 2021, FedPara, arXiv 2108.06098): (w1_a · w1_b) ⊙ (w2_a · w2_b), each half with Tucker's core
 * where it has one. @throws PinwordError 'bad-lora' where shapes do not fit.
 */
export function planLoha(module: FileModule, shape: readonly number[]): DeltaPlan {
  checkHalf(module, shape, 'hada_w1_a', 'hada_w1_b', 'hada_t1');
  checkHalf(module, shape, 'hada_w2_a', 'hada_w2_b', 'hada_t2');
  if (module.has('hada_t1') !== module.has('hada_t2'))
    throw module.bad(`lacks one of two cores of ${quoted(module.name)}`);
  return {
    load: async (strength) => {
      const first = await loadHalf(module, 'hada_w1_a', 'hada_w1_b', 'hada_t1', strength);
      const second = await loadHalf(module, 'hada_w2_a', 'hada_w2_b', 'hada_t2', 1);
      const left = new Float32Array(first.columns);
      const right = new Float32Array(first.columns);
      return {
        addTo: (values, row) => {
          first.addTo(left.fill(0), row);
          second.addTo(right.fill(0), row);
          for (let i = 0; i < left.length; i++) values[i] = (values[i] ?? 0) + (left[i] ?? 0) * (right[i] ?? 0);
        },
      };
    },
  };
}

function checkHalf(module: FileModule, shape: readonly number[], a: Part, b: Part, t: Part): void {
  const first = module.requireShape(a);
  const second = module.requireShape(b);
  const core = module.shape(t);
  const [outputs = 0, inputs = 0, ...window] = shape;
  const [rank = 0] = second;
  const fits =
    core === null
      ? first[0] === outputs && first[1] === rank && product(second.slice(1)) === product(shape.slice(1))
      : first[0] === rank &&
        first[1] === outputs &&
        second[1] === inputs &&
        core[0] === rank &&
        core[1] === rank &&
        product(core.slice(2)) === product(window);
  module.requireFit(rank > 0 && fits, [a, b, ...(core === null ? [] : [t])], shape);
}

async function loadHalf(module: FileModule, a: Part, b: Part, t: Part, scale: number): Promise<LowRank> {
  const rank = module.requireShape(b)[0] ?? 0;
  const [up, down] = [await module.read(a), await module.read(b)];
  if (!module.has(t)) return new LowRank(up, down, rank, scale);
  return new LowRank(transposed(up, rank), spread(await module.read(t), down, rank, rank), rank, scale);
}
