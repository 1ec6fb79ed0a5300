import { requireFloatDtype } from '../../checkpoint/tensors/dtype.ts';
import { writeSafetensorsHeader, type SafetensorsHeader } from '../../checkpoint/tensor-files/safetensors-writer.ts';
import type { TensorInfo, TensorTable } from '../../checkpoint/tensors/tensor-table.ts';
import { PinwordError } from '../../errors.ts';
import type { ComputeDtype } from '../../contract/memory.ts';

/** One tensor of the source file that the graph uses. */
export interface WantedTensor {
  readonly name: string;
  /** Its name in the written file, where that differs. */
  readonly as?: string;
  /** Its shape there, where that differs; the number of elements may not. */
  readonly shape?: readonly number[];
}

export interface PlannedTensor {
  /** Name in the written file. */
  readonly name: string;
  readonly source: TensorInfo;
  readonly target: TensorInfo;
}

/** Bytes of the source to read at once, and the tensors in them in order. */
export interface ReadRun {
  readonly offset: number;
  readonly end: number;
  readonly tensors: readonly PlannedTensor[];
}

/** The file to write, and what to read for it. */
export interface MaterializePlan extends SafetensorsHeader {
  readonly runs: readonly ReadRun[];
  /** True where the one run is the whole source, so that its hash can be checked on the way. */
  readonly readsAll: boolean;
}

interface PlanOptions {
  /** Bytes of the source file. */
  readonly sourceSize: number;
  /** Read a nearly wholly used file as a whole, so that its published hash can be checked. */
  readonly preferWhole: boolean;
  /** False where the host sends every file from its start: then there is one run only. */
  readonly acceptsRanges: boolean;
}

/** Unused bytes between two tensors that are cheaper to read than another request. */
const maxGap = 1024 * 1024;
/** A file with at most this part unused is read as a whole. */
const maxUnusedPart = 0.05;

/**
 * Plans the written file: the wanted tensors in the order of the source, in the compute dtype, and the ranges to read.
 * @throws PinwordError 'missing-tensor' | 'tensor-dtype' | 'tensor-shape' by name
 */
export function planMaterialize(
  table: TensorTable,
  wanted: readonly WantedTensor[],
  dtype: ComputeDtype,
  options: PlanOptions,
): MaterializePlan {
  const found = wanted.map((tensor) => find(table, tensor)).sort((a, b) => a.source.offset - b.source.offset);
  const {
    header,
    table: target,
    size,
  } = writeSafetensorsHeader(found.map(({ name, shape }) => ({ name, dtype, shape })));
  const tensors = found.flatMap(({ name, source }) => {
    const info = target.get(name);
    return info === undefined ? [] : [{ name, source, target: info }];
  });
  const used = tensors.reduce((sum, { source }) => sum + source.length, 0);
  const readsAll = options.preferWhole && options.sourceSize - used <= maxGap + maxUnusedPart * options.sourceSize;
  const runs = readsAll
    ? [{ offset: 0, end: options.sourceSize, tensors }]
    : planRuns(tensors, options.acceptsRanges ? maxGap : Infinity);
  return { header, table: target, size, runs, readsAll };
}

function find(
  table: TensorTable,
  { name, as, shape }: WantedTensor,
): { name: string; shape: readonly number[]; source: TensorInfo } {
  const source = table.get(name);
  if (source === undefined)
    throw new PinwordError('missing-tensor', `The tensor "${name}" is missing from the weights. Choose another file.`);
  requireFloatDtype(source.dtype, name);
  if (shape !== undefined && product(shape) !== product(source.shape)) {
    throw new PinwordError(
      'tensor-shape',
      `The tensor "${name}" has the shape [${source.shape.join(', ')}], which is not [${shape.join(', ')}].`,
    );
  }
  return { name: as ?? name, shape: shape ?? source.shape, source };
}

function product(shape: readonly number[]): number {
  return shape.reduce((count, extent) => count * extent, 1);
}

/** Joins tensors, sorted by offset, whose distance is at most `gap` bytes. */
export function planRuns(tensors: readonly PlannedTensor[], gap: number): readonly ReadRun[] {
  const runs: { offset: number; end: number; tensors: PlannedTensor[] }[] = [];
  for (const tensor of tensors) {
    const { offset, length } = tensor.source;
    const last = runs.at(-1);
    if (last !== undefined && offset - last.end <= gap) {
      last.tensors.push(tensor);
      last.end = offset + length;
    } else {
      runs.push({ offset, end: offset + length, tensors: [tensor] });
    }
  }
  return runs;
}
