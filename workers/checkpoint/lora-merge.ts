import { convertChecked, requireFloatDtype, toFloat32 } from './dtype.ts';
import type { LoraDelta } from './lora.ts';
import type { TensorInfo } from './tensor-table.ts';

/** The factors of one delta in memory. */
export interface LoadedDelta {
  /** [out, rank], the scale already in it. */
  readonly up: Float32Array;
  /** [rank, columns]. */
  readonly down: Float32Array;
  readonly rank: number;
}

/** Reads the factors of a tensor's deltas. @throws PinwordError 'tensor-dtype' | 'nan-weight', and what reading throws. */
export async function loadDeltas(deltas: readonly LoraDelta[]): Promise<readonly LoadedDelta[]> {
  return Promise.all(deltas.map(async (delta) => ({
    up: (await readFactor(delta, delta.up)).map((value) => value * delta.scale),
    down: await readFactor(delta, delta.down),
    rank: delta.rank,
  })));
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
    for (let r = 0; r < rank; r++) {
      const factor = up[row * rank + r] ?? 0;
      const start = r * columns + column;
      for (let i = 0; i < length; i++) values[done + i] = (values[done + i] ?? 0) + factor * (down[start + i] ?? 0);
    }
    done += length;
  }
}
