import type { ByteSource } from '../bytes/byte-source.ts';
import { isFloatDtype, toFloat32 } from './dtype.ts';
import type { TensorDtype, TensorInfo } from './tensor-table.ts';

const integers: ReadonlyMap<TensorDtype, (view: DataView) => number | bigint> = new Map<
  TensorDtype,
  (view: DataView) => number | bigint
>([
  ['I64', (view) => view.getBigInt64(0, true)],
  ['U64', (view) => view.getBigUint64(0, true)],
  ['I32', (view) => view.getInt32(0, true)],
  ['U32', (view) => view.getUint32(0, true)],
  ['I16', (view) => view.getInt16(0, true)],
  ['U16', (view) => view.getUint16(0, true)],
  ['I8', (view) => view.getInt8(0)],
  ['U8', (view) => view.getUint8(0)],
  ['BOOL', (view) => view.getUint8(0)],
]);

/** The number in a tensor of one element, whatever its type; null where it has more elements or is not finite. */
export async function readNumber(
  source: ByteSource,
  { dtype, shape, offset, length }: TensorInfo,
): Promise<number | null> {
  if (shape.some((extent) => extent !== 1)) return null;
  const bytes = await source.read(offset, length);
  const value = isFloatDtype(dtype)
    ? toFloat32(bytes, dtype)[0]
    : Number(integers.get(dtype)?.(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)));
  return value !== undefined && Number.isFinite(value) ? value : null;
}
