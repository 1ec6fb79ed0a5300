import { type ByteSource, notInPlace } from '../bytes/byte-source.ts';
import { elementBytes } from '../tensors/dtype.ts';
import type { TensorInfo } from '../tensors/tensor-table.ts';
import { PickleRefusal, type PickleTensor } from './pickle-values.ts';

/** Where a storage lies in its file. */
export interface StoragePlace {
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/** A tensor whose numbers do not lie row by row, or which shares them with another. */
interface View {
  /** Where it lies in the file as it is seen. */
  readonly start: number;
  readonly tensor: PickleTensor;
  readonly place: StoragePlace;
}

/** Bytes read at once where a whole view is not needed. */
const pieceBytes = 8 * 1024 * 1024;

/**
 * A torch file in which every tensor lies row by row at a place of its own. Most do as they are. Views (transposed
 * tensors, slices with steps) and second users of the same numbers appear behind the file's end, put in order when
 * they are read.
 */
export class TensorViews {
  readonly #base: ByteSource;
  readonly #views: View[] = [];
  /** [start, end) of all tensors that lie in the file. */
  readonly #taken: (readonly [number, number])[] = [];
  #size: number;

  constructor(base: ByteSource) {
    this.#base = base;
    this.#size = base.size;
  }

  /** @throws PickleRefusal where the tensor reaches beyond its storage, or repeats its numbers. */
  place(tensor: PickleTensor, place: StoragePlace): TensorInfo {
    const { dtype, shape } = tensor;
    const width = elementBytes(dtype);
    const length = shape.reduce((product, extent) => product * extent, width);
    if (!(lastByte(tensor, length) <= place.length))
      throw new PickleRefusal('a tensor in it reaches beyond its storage');
    if (length > place.length)
      throw new PickleRefusal('a tensor in it repeats its numbers; save it again after .contiguous()');
    const offset = place.offset + tensor.elementOffset * width;
    if (isRowMajor(tensor) && this.#take(offset, offset + length)) return { dtype, shape, offset, length };
    const start = this.#size;
    this.#views.push({ start, tensor, place });
    this.#size += length;
    return { dtype, shape, offset: start, length };
  }

  /** The file with all that was placed so far. */
  source(): ByteSource {
    if (this.#views.length === 0) return this.#base;
    const base = notInPlace(this.#base);
    const stream = (offset: number, length: number) => this.#stream(offset, offset + length);
    return {
      ...base,
      // The hash that a host publishes is of the file alone.
      ...('sha256' in base ? { sha256: null } : {}),
      size: this.#size,
      stream,
      read: async (offset, length) => {
        const bytes = new Uint8Array(length);
        let at = 0;
        for await (const piece of stream(offset, length)) {
          bytes.set(piece, at);
          at += piece.length;
        }
        return bytes;
      },
    };
  }

  /** @returns false where another tensor has some of these bytes. */
  #take(start: number, end: number): boolean {
    if (start === end) return true;
    if (this.#taken.some(([from, to]) => start < to && from < end)) return false;
    this.#taken.push([start, end]);
    return true;
  }

  async *#stream(start: number, end: number): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
    const own = Math.min(end, this.#base.size);
    if (start < own) yield* streamOf(this.#base, start, own);
    for (const view of this.#views) {
      const length = sizeOf(view);
      const from = Math.max(start, view.start);
      const to = Math.min(end, view.start + length);
      if (from < to) yield (await inOrder(this.#base, view)).subarray(from - view.start, to - view.start);
    }
  }
}

async function* streamOf(source: ByteSource, start: number, end: number) {
  if (source.stream !== undefined) {
    yield* source.stream(start, end - start);
    return;
  }
  for (let at = start; at < end; at += pieceBytes) yield await source.read(at, Math.min(pieceBytes, end - at));
}

function sizeOf({ tensor }: View): number {
  return tensor.shape.reduce((product, extent) => product * extent, elementBytes(tensor.dtype));
}

/** Where the last byte of a tensor ends in its storage. */
function lastByte({ dtype, elementOffset, shape, strides }: PickleTensor, length: number): number {
  if (length === 0) return elementOffset * elementBytes(dtype);
  const last = shape.reduce((sum, extent, axis) => sum + (extent - 1) * (strides[axis] ?? 0), elementOffset);
  return (last + 1) * elementBytes(dtype);
}

function isRowMajor({ shape, strides }: PickleTensor): boolean {
  if (shape.includes(0)) return true;
  let expected = 1;
  return shape.toReversed().every((extent, i) => {
    const fits = extent === 1 || strides[strides.length - 1 - i] === expected;
    expected *= extent;
    return fits;
  });
}

/** The elements of a view, row by row. */
async function inOrder(base: ByteSource, view: View): Promise<Uint8Array<ArrayBuffer>> {
  const { dtype, elementOffset, shape, strides } = view.tensor;
  const width = elementBytes(dtype);
  const first = elementOffset * width;
  const span = await base.read(view.place.offset + first, lastByte(view.tensor, sizeOf(view)) - first);
  const result = new Uint8Array(sizeOf(view));
  const index = shape.map(() => 0);
  let from = 0;
  for (let to = 0; to < result.length; to += width) {
    for (let byte = 0; byte < width; byte++) result[to + byte] = span[from * width + byte] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis] ?? 0;
      index[axis] = (index[axis] ?? 0) + 1;
      if ((index[axis] ?? 0) < (shape[axis] ?? 0)) break;
      from -= (strides[axis] ?? 0) * (shape[axis] ?? 0);
      index[axis] = 0;
    }
  }
  return result;
}
