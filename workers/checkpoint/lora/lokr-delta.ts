import type { FileModule } from './file-module.ts';
import { LowRank, product, spread, transposed } from './low-rank.ts';
import { addRows, type DeltaPlan } from './tensor-change.ts';
import { lokrParts, type Part } from './tensor-names.ts';

/** Rank of the factored part; null where both are whole, and alpha does not count. */
export function lokrRank(module: FileModule): number | null {
  return module.shape('lokr_w1_b')?.[0] ?? module.shape('lokr_w2_b')?.[0] ?? null;
}

/**
 * LoKr (Yeh et al. 2023, LyCORIS, arXiv 2309.14859): the Kronecker product w1 ⊗ w2 of a matrix [a, c] and a weight
 * [b, d, …window], each whole or of two factors, w2 also with Tucker's core. @throws PinwordError 'bad-lora'
 */
export function planLokr(module: FileModule, shape: readonly number[]): DeltaPlan {
  const [outputs = 0, inputs = 0] = shape;
  const first = sizeOf(module, 'lokr_w1', 'lokr_w1_a', 'lokr_w1_b', null);
  const second = sizeOf(module, 'lokr_w2', 'lokr_w2_a', 'lokr_w2_b', 'lokr_t2');
  const fits =
    first !== null &&
    second !== null &&
    first.rows * second.rows === outputs &&
    first.columns * second.columns === product(shape.slice(1)) &&
    inputs % first.columns === 0;
  module.requireFit(
    fits,
    lokrParts.filter((part) => part !== 'alpha' && module.has(part)),
    shape,
  );
  return {
    load: async (strength) => {
      const left = await whole(module, 'lokr_w1', 'lokr_w1_a', 'lokr_w1_b', null);
      const right = await whole(module, 'lokr_w2', 'lokr_w2_a', 'lokr_w2_b', 'lokr_t2');
      const { rows = 1, columns: width = 1 } = second ?? {};
      const count = first?.columns ?? 1;
      return {
        addTo: (values, row) => {
          const leftRow = Math.floor(row / rows) * count;
          const rightRow = (row % rows) * width;
          for (let c = 0; c < count; c++) {
            const factor = strength * (left[leftRow + c] ?? 0);
            for (let d = 0; d < width; d++)
              values[c * width + d] = (values[c * width + d] ?? 0) + factor * (right[rightRow + d] ?? 0);
          }
        },
      };
    },
  };
}

interface Size {
  readonly rows: number;
  /** All extents but the first. */
  readonly columns: number;
}

/** @returns null where the factors do not fit each other. */
function sizeOf(module: FileModule, name: Part, a: Part, b: Part, t: Part | null): Size | null {
  const all = module.shape(name);
  if (all !== null) {
    const isAlone = !module.has(a) && !module.has(b) && (t === null || !module.has(t));
    return isAlone && all.length >= 2 ? { rows: all[0] ?? 0, columns: product(all.slice(1)) } : null;
  }
  const first = module.requireShape(a);
  const second = module.requireShape(b);
  const core = t === null ? null : module.shape(t);
  const [rank = 0] = second;
  if (core === null)
    return rank > 0 && first.length === 2 && first[1] === rank
      ? { rows: first[0] ?? 0, columns: product(second.slice(1)) }
      : null;
  const fits =
    rank > 0 && first.length === 2 && first[0] === rank && core[0] === rank && core[1] === rank && second.length === 2;
  return fits ? { rows: first[1] ?? 0, columns: (second[1] ?? 0) * product(core.slice(2)) } : null;
}

async function whole(module: FileModule, name: Part, a: Part, b: Part, t: Part | null): Promise<Float32Array> {
  if (module.has(name)) return module.read(name);
  const [up, down] = [await module.read(a), await module.read(b)];
  const rank = module.requireShape(b)[0] ?? 0;
  const isTucker = t !== null && module.has(t);
  const factors = isTucker
    ? new LowRank(transposed(up, rank), spread(await module.read(t), down, rank, rank), rank, 1)
    : new LowRank(up, down, rank, 1);
  const rows = up.length / rank;
  const values = new Float32Array(rows * factors.columns);
  addRows(factors, values, rows);
  return values;
}
