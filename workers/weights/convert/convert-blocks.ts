import type { ByteSource } from '../../checkpoint/bytes/byte-source.ts';
import {
  convertChecked,
  elementBytes,
  fromFloat32,
  findNonFinite,
  requireFloatDtype,
  toFloat32,
} from '../../checkpoint/tensors/dtype.ts';
import { PinwordError } from '../../errors.ts';
import { throwIfCancelled } from '../sources/http.ts';
import type { MaterializePlan, PlannedTensor, ReadRun } from './materialize-plan.ts';
import { StreamReader, streamOf } from '../sources/byte-stream.ts';
import type { ComputeDtype } from '../../contract/memory.ts';

/** Changes tensors while they are written, e.g. merges LoRA files. */
export interface TensorTransform {
  /** True for tensors (by their name in the written file) that `apply` changes: only these are held as a whole. */
  touches(name: string): boolean;
  /** Gets and gives all elements, row-major, as float32. */
  apply(
    name: string,
    shape: readonly number[],
    values: Float32Array<ArrayBuffer>,
  ): Float32Array<ArrayBuffer> | Promise<Float32Array<ArrayBuffer>>;
}

interface ConvertOptions {
  readonly transform?: TensorTransform;
  readonly signal?: AbortSignal;
  /** Bytes of the written file that are there already: a multiple of the block size, or a sum of blocks of an earlier call. */
  readonly from?: number;
  /** A multiple of 8; defaultBlockBytes where absent. */
  readonly blockBytes?: number;
  /** Every byte read from the source, in order. With plan.readsAll and from = 0 that is the whole file. */
  readonly onSource?: (bytes: Uint8Array<ArrayBuffer>) => void;
}

/**
 * Blocks end at multiples of this many bytes of the written file, beside other places: there a download can go on, with
 * the hash of exactly the source bytes that belong to what is written.
 */
export const defaultBlockBytes = 8 * 1024 * 1024;

/** The element type of a file that is written as it is, as one tensor of bytes. */
export const wholeFile = 'U8';

/**
 * The bytes of the written file from `from` on, block by block, in order.
 * @throws PinwordError 'nan-weight' by name | 'cancelled' and what reading throws
 */
export async function* convertBlocks(
  source: ByteSource,
  plan: MaterializePlan,
  options: ConvertOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const from = options.from ?? 0;
  if (from < plan.header.length) yield plan.header.slice(from);
  for (const run of plan.runs) {
    const start = sourcePosition(run, Math.max(from, plan.header.length));
    if (start < run.end) yield* convertRun(source, { ...run, offset: start }, from, options);
  }
}

/** Where in the source to go on after `written` bytes of the written file; run.end where nothing of this run is left. */
export function sourcePosition(run: ReadRun, written: number): number {
  let position = run.offset;
  for (const { source, target } of run.tensors) {
    if (written <= target.offset) return position;
    if (written < target.offset + target.length)
      return source.offset + sourceBytes({ source, target }, written - target.offset);
    position = source.offset + source.length;
  }
  return position;
}

function sourceBytes({ source, target }: Pick<PlannedTensor, 'source' | 'target'>, targetBytes: number): number {
  return (targetBytes / elementBytes(target.dtype)) * elementBytes(source.dtype);
}

function targetBytes({ source, target }: Pick<PlannedTensor, 'source' | 'target'>, bytes: number): number {
  return (bytes / elementBytes(source.dtype)) * elementBytes(target.dtype);
}

async function* convertRun(
  source: ByteSource,
  run: ReadRun,
  from: number,
  options: ConvertOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const reader = new StreamReader(
    source.name,
    streamOf(source, run.offset, run.end - run.offset),
    options.onSource ?? (() => undefined),
  );
  let position = run.offset;
  try {
    for (const tensor of run.tensors) {
      const end = tensor.source.offset + tensor.source.length;
      if (tensor.target.offset + tensor.target.length <= from) continue;
      const start = Math.max(position, tensor.source.offset);
      await reader.skip(start - position);
      yield* options.transform?.touches(tensor.name) === true
        ? transformed(reader, tensor, options.transform, options)
        : blocks(reader, tensor, end - start, options);
      position = end;
    }
    await reader.skip(run.end - position);
  } finally {
    await reader.close();
  }
}

async function* blocks(
  reader: StreamReader,
  { name, source, target }: PlannedTensor,
  length: number,
  { signal, blockBytes = defaultBlockBytes }: ConvertOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const from = target.dtype === wholeFile ? null : requireFloatDtype(source.dtype, name);
  let written = target.offset + targetBytes({ source, target }, source.length - length);
  for (let left = length; left > 0;) {
    throwIfCancelled(signal);
    const room = blockBytes - (written % blockBytes);
    const bytes = await reader.take(Math.min(left, sourceBytes({ source, target }, room)));
    left -= bytes.length;
    written += targetBytes({ source, target }, bytes.length);
    yield from === null ? bytes : convertChecked(bytes, from, computeDtype(target.dtype), name);
  }
}

async function* transformed(
  reader: StreamReader,
  tensor: PlannedTensor,
  transform: TensorTransform,
  options: ConvertOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const { name, source, target } = tensor;
  const values = new Float32Array(source.length / elementBytes(source.dtype));
  let at = 0;
  for await (const block of blocks(
    reader,
    { ...tensor, target: { ...target, offset: 0, dtype: 'F32' } },
    source.length,
    options,
  )) {
    const piece = toFloat32(block, 'F32');
    values.set(piece, at);
    at += piece.length;
  }
  const changed = await transform.apply(name, target.shape, values);
  if (changed.length !== values.length) throw new RangeError(`The transform of ${name} changed its size.`);
  const bytes = fromFloat32(changed, computeDtype(target.dtype));
  if (findNonFinite(bytes, computeDtype(target.dtype)) !== -1) {
    throw new PinwordError(
      'nan-weight',
      `Merging into the tensor "${name}" gave values that ${target.dtype} cannot hold. Lower the LoRA's weight or load the model in f32.`,
    );
  }
  yield bytes;
}

function computeDtype(dtype: string): ComputeDtype {
  return dtype === 'F16' ? 'F16' : 'F32';
}
