import { PinwordError } from '../../errors.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { requireFloatDtype, toFloat32 } from '../tensors/dtype.ts';
import type { TensorTable } from '../tensors/tensor-table.ts';

/** What CLIP's own files call the matrix that brings captions to where pictures are. */
const name = 'text_projection.weight';

/** The widths that it connects. */
export interface ProjectionWidths {
  /** P: of image embeddings. */
  readonly to: number;
  /** D: of the text encoder's states. */
  readonly from: number;
}

/** Whether a file holds one that fits. */
export function holdsTextProjection(table: TensorTable, { to, from }: ProjectionWidths): boolean {
  const [rows, columns, ...more] = table.get(name)?.shape ?? [];
  return rows === to && columns === from && more.length === 0;
}

/**
 * @returns [P, D] f32
 * @throws PinwordError 'missing-tensor' where the file has none that fits; 'tensor-dtype', and what reading throws
 */
export async function readTextProjection(
  source: ByteSource,
  table: TensorTable,
  widths: ProjectionWidths,
): Promise<Float32Array> {
  const info = table.get(name);
  if (info === undefined || !holdsTextProjection(table, widths)) {
    throw new PinwordError(
      'missing-tensor',
      `${source.name} has no ${name} of ${widths.to} × ${widths.from} numbers, so captions cannot be scored with it.`,
    );
  }
  return toFloat32(await source.read(info.offset, info.length), requireFloatDtype(info.dtype, name));
}

/** A pooled text state brought to where pictures are. @param matrix [P, D] @param state [D] @returns [P] */
export function projectText(matrix: Float32Array, state: Float32Array): Float32Array {
  const { length: width } = state;
  return Float32Array.from({ length: matrix.length / width }, (_, row) =>
    state.reduce((sum, value, column) => sum + value * (matrix[row * width + column] ?? 0), 0),
  );
}
