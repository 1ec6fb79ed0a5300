/** Rotations from skew-symmetric matrices: Cayley's transform, as OFT has it. */

export interface Rotations {
  readonly size: number;
  readonly count: number;
  readonly entry: (rotation: number, row: number, column: number) => number;
}

/**
 * strength · ((1 + Q)(1 − Q)⁻¹ − 1) + 1 of every block, with Q = B − Bᵀ.
 * @param blocks [count, size, size]
 * @param constraint what the norm of all Q together may be; 0 for any.
 */
export function rotationsOf(
  blocks: Float32Array,
  size: number,
  { constraint, strength }: { readonly constraint: number; readonly strength: number },
): Rotations {
  const area = size * size;
  const count = blocks.length / area;
  const skew = skewOf(blocks, size);
  const norm = Math.sqrt(skew.reduce((sum, value) => sum + value * value, 0)) + 1e-8;
  const limit = constraint > 0 && norm > constraint ? constraint / norm : 1;
  const values = new Float64Array(blocks.length);
  for (let block = 0; block < count; block++) {
    const q = skew.subarray(block * area, (block + 1) * area).map((value) => value * limit);
    const r = cayley(q, size);
    for (let i = 0; i < area; i++) {
      const one = i % (size + 1) === 0 ? 1 : 0;
      values[block * area + i] = strength * ((r[i] ?? 0) - one) + one;
    }
  }
  return { size, count, entry: (rotation, row, column) => values[rotation * area + row * size + column] ?? 0 };
}

function skewOf(blocks: Float32Array, size: number): Float64Array {
  const area = size * size;
  return Float64Array.from(blocks, (value, i) => {
    const within = i % area;
    return value - (blocks[i - within + (within % size) * size + Math.floor(within / size)] ?? 0);
  });
}

/** (1 + Q)(1 − Q)⁻¹, which is also (1 − Q)⁻¹(1 + Q): solved by Gauss's elimination with row exchanges. */
function cayley(q: Float64Array, size: number): Float64Array {
  const left = q.map((value, i) => (i % (size + 1) === 0 ? 1 : 0) - value);
  const right = q.map((value, i) => (i % (size + 1) === 0 ? 1 : 0) + value);
  for (let pivot = 0; pivot < size; pivot++) {
    let best = pivot;
    for (let row = pivot + 1; row < size; row++)
      if (Math.abs(left[row * size + pivot] ?? 0) > Math.abs(left[best * size + pivot] ?? 0)) best = row;
    swapRows(left, pivot, best, size);
    swapRows(right, pivot, best, size);
    const scale = 1 / (left[pivot * size + pivot] ?? 1);
    for (let i = pivot * size; i < (pivot + 1) * size; i++) {
      left[i] = (left[i] ?? 0) * scale;
      right[i] = (right[i] ?? 0) * scale;
    }
    for (let row = 0; row < size; row++) {
      const factor = left[row * size + pivot] ?? 0;
      if (row === pivot || factor === 0) continue;
      for (let i = 0; i < size; i++) {
        left[row * size + i] = (left[row * size + i] ?? 0) - factor * (left[pivot * size + i] ?? 0);
        right[row * size + i] = (right[row * size + i] ?? 0) - factor * (right[pivot * size + i] ?? 0);
      }
    }
  }
  return right;
}

function swapRows(values: Float64Array, a: number, b: number, size: number): void {
  if (a === b) return;
  const row = values.slice(a * size, (a + 1) * size);
  values.copyWithin(a * size, b * size, (b + 1) * size);
  values.set(row, b * size);
}
