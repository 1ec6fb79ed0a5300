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
  return Promise.all(deltas.map(async (delta) => fillUp(await readFactor(delta, delta.up), await readFactor(delta, delta.down), delta)));
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

/**
 * Adds deltas to a piece of a base tensor in place, so that a tensor can be merged while it streams by.
 * @param values elements [firstElement, firstElement + values.length) of the tensor [out, …], row by row.
 */
export function addDeltas(deltas: readonly LoadedDelta[], values: Float32Array, firstElement: number): void {
  for (const delta of deltas) addDelta(delta, values, firstElement);
}

function addDelta({ up, down, rank }: LoadedDelta, values: Float32Array, firstElement: number): void {
  const columns = down.length / rank;
  for (let done = 0; done < values.length; ) {
    const element = firstElement + done;
    const row = Math.floor(element / columns);
    const column = element - row * columns;
    const length = Math.min(columns - column, values.length - done);
    addCombination(values.subarray(done, done + length), up.subarray(row * rank, (row + 1) * rank), down, column, columns);
    done += length;
  }
}

/** values += Σ_r factors[r] · down[r, column …]; several ranks at once, because every pass reads and writes all values. */
function addCombination(values: Float32Array, factors: Float32Array, down: Float32Array, column: number, columns: number): void {
  for (let r = 0; r < factors.length; r += ranksAtOnce) {
    const [a = 0, b = 0, c = 0, d = 0] = factors.subarray(r, r + ranksAtOnce);
    const at = r * columns + column;
    for (let i = 0; i < values.length; i++) {
      const start = at + i;
      values[i] = (values[i] ?? 0) + a * (down[start] ?? 0) + b * (down[start + columns] ?? 0) + c * (down[start + 2 * columns] ?? 0) + d * (down[start + 3 * columns] ?? 0);
    }
  }
}
