/** Products of small matrices that stand for large ones: up [rows, rank] · down [rank, columns]. */

/** Ranks that are added in one pass over the values. */
const ranksAtOnce = 4;

export class LowRank {
  readonly columns: number;
  readonly #rank: number;
  readonly #up: Float32Array;
  readonly #down: Float32Array;

  /** @param scale multiplies the product. */
  constructor(up: Float32Array, down: Float32Array, rank: number, scale: number) {
    const filled = Math.ceil(rank / ranksAtOnce) * ranksAtOnce;
    this.columns = down.length / rank;
    this.#rank = filled;
    this.#up = new Float32Array((up.length / rank) * filled);
    up.forEach((value, i) => {
      this.#up[Math.floor(i / rank) * filled + (i % rank)] = value * scale;
    });
    this.#down = new Float32Array(this.columns * filled);
    this.#down.set(down);
  }

  /** Adds one row of the product; several ranks at once, because every pass reads and writes all values. */
  addTo(values: Float32Array, row: number): void {
    const down = this.#down;
    const { columns } = this;
    for (let r = 0; r < this.#rank; r += ranksAtOnce) {
      const from = row * this.#rank + r;
      const [a = 0, b = 0, c = 0, d = 0] = this.#up.subarray(from, from + ranksAtOnce);
      for (let i = 0; i < columns; i++) {
        const start = r * columns + i;
        values[i] =
          (values[i] ?? 0) +
          a * (down[start] ?? 0) +
          b * (down[start + columns] ?? 0) +
          c * (down[start + 2 * columns] ?? 0) +
          d * (down[start + 3 * columns] ?? 0);
      }
    }
  }
}

/** [rows, rank] of [rank, rows]. */
export function transposed(values: Float32Array, rows: number): Float32Array<ArrayBuffer> {
  const columns = values.length / rows;
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) result[column * rows + row] = values[row * columns + column] ?? 0;
  return result;
}

/**
 * Σ_j core[i, j, k] · down[j, c] as [i, c · window + k]: with it Tucker's three factors are two.
 * @param core [rank, inner, …window]
 * @param down [inner, columns]
 */
export function spread(core: Float32Array, down: Float32Array, rank: number, inner: number): Float32Array<ArrayBuffer> {
  const window = core.length / (rank * inner);
  const columns = down.length / inner;
  const result = new Float32Array(rank * columns * window);
  for (let i = 0; i < rank; i++)
    for (let j = 0; j < inner; j++)
      for (let c = 0; c < columns; c++) {
        const factor = down[j * columns + c] ?? 0;
        for (let k = 0; k < window; k++) {
          const at = (i * columns + c) * window + k;
          result[at] = (result[at] ?? 0) + factor * (core[(i * inner + j) * window + k] ?? 0);
        }
      }
  return result;
}

export function product(extents: readonly number[]): number {
  return extents.reduce((value, extent) => value * extent, 1);
}

/** Whether all extents from `axis` on are 1. */
export function isFlatFrom(shape: readonly number[], axis: number): boolean {
  return shape.slice(axis).every((extent) => extent === 1);
}
