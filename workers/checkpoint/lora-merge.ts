import { convertChecked, requireFloatDtype, toFloat32 } from './dtype.ts';
import type { LoraDelta } from './lora.ts';
import type { TensorInfo } from './tensor-table.ts';

/** Ranks that are added in one pass over the values. */
const ranksAtOnce = 4;

/** The factors of one delta in memory. */
export interface LoadedDelta {
  /** [out, rank], the scale already in it. */
  readonly up: Float32Array;
  /** [rank, columns]. */
  readonly down: Float32Array;
  /** Filled up with zeros to a multiple of ranksAtOnce. */
  readonly rank: number;
}

/** Reads the factors of a tensor's deltas. @throws PinwordError 'tensor-dtype' | 'nan-weight', and what reading throws. */
export async function loadDeltas(deltas: readonly LoraDelta[]): Promise<readonly LoadedDelta[]> {
  return Promise.all(
    deltas.map(async (delta) => fillUp(await readFactor(delta, delta.up), await readFactor(delta, delta.down), delta)),
  );
}

function fillUp(up: Float32Array, down: Float32Array, { rank, scale }: LoraDelta): LoadedDelta {
  const filled = Math.ceil(rank / ranksAtOnce) * ranksAtOnce;
  const scaled = new Float32Array((up.length / rank) * filled);
  up.forEach((value, i) => {
    scaled[Math.floor(i / rank) * filled + (i % rank)] = value * scale;
  });
  const rows = new Float32Array((down.length / rank) * filled);
  rows.set(down);
  return { up: scaled, down: rows, rank: filled };
}

async function readFactor({ source, module }: LoraDelta, info: TensorInfo): Promise<Float32Array> {
  const dtype = requireFloatDtype(info.dtype, module);
  return toFloat32(convertChecked(await source.read(info.offset, info.length), dtype, 'F32', module), 'F32');
}

/** Adds deltas to a base tensor in place. @param values the tensor [out, …], row by row. */
export function addDeltas(deltas: readonly LoadedDelta[], values: Float32Array): void {
  for (const delta of deltas) addDelta(delta, values);
}

function addDelta({ up, down, rank }: LoadedDelta, values: Float32Array): void {
  const columns = down.length / rank;
  for (let row = 0; row * columns < values.length; row++) {
    addCombination(
      values.subarray(row * columns, (row + 1) * columns),
      up.subarray(row * rank, (row + 1) * rank),
      down,
    );
  }
}

/** values += Σ_r factors[r] · down[r]; several ranks at once, because every pass reads and writes all values. */
function addCombination(values: Float32Array, factors: Float32Array, down: Float32Array): void {
  const columns = values.length;
  for (let r = 0; r < factors.length; r += ranksAtOnce) {
    const [a = 0, b = 0, c = 0, d = 0] = factors.subarray(r, r + ranksAtOnce);
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
