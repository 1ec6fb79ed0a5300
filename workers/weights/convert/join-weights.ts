import type { TensorInfo } from '../../checkpoint/tensors/tensor-table.ts';
import type { LocalWeights } from './materialize.ts';

/** Some of the tensors of a file. */
interface WeightPiece {
  readonly weights: LocalWeights;
  readonly names: readonly string[];
}

/** Where tensors that did not lie side by side begin. */
const alignment = 64;

/** Tensors of several files as one, of which no byte is read: its parts are those of the files. */
export function joinWeights(pieces: readonly WeightPiece[]): LocalWeights {
  const parts: BlobPart[] = [];
  const table = new Map<string, TensorInfo>();
  let at = 0;
  for (const { weights, names } of pieces) {
    for (const run of runsOf(weights, names)) {
      const padding = (alignment - (at % alignment)) % alignment;
      parts.push(new Uint8Array(padding), weights.blob.slice(run.start, run.end));
      at += padding;
      for (const [name, info] of run.tensors) table.set(name, { ...info, offset: at + info.offset - run.start });
      at += run.end - run.start;
    }
  }
  return { blob: new Blob(parts), table, inPlace: false };
}

interface Run {
  readonly start: number;
  end: number;
  readonly tensors: (readonly [string, TensorInfo])[];
}

/** Tensors that lie side by side. */
function runsOf({ table }: LocalWeights, names: readonly string[]): readonly Run[] {
  const tensors = names
    .flatMap((name) => {
      const info = table.get(name);
      return info === undefined ? [] : [[name, info] as const];
    })
    .sort(([, a], [, b]) => a.offset - b.offset);
  const runs: Run[] = [];
  for (const tensor of tensors) {
    const [, { offset, length }] = tensor;
    const last = runs.at(-1);
    if (last?.end === offset) {
      last.tensors.push(tensor);
      last.end = offset + length;
    } else runs.push({ start: offset, end: offset + length, tensors: [tensor] });
  }
  return runs;
}
