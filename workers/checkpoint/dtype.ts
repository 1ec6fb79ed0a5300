import { PinwordError } from '../errors.ts';
import { bfloat16Bits, float16Bits, float16ToFloat32Bits } from './float-bits.ts';
import type { TensorDtype } from './tensor-table.ts';

/** Element types that weights may have. */
export type FloatDtype = 'F64' | 'F32' | 'F16' | 'BF16';

const bytesByDtype: Readonly<Record<TensorDtype, number>> = {
  F64: 8,
  I64: 8,
  F32: 4,
  I32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
  F8_E4M3: 1,
  F8_E5M2: 1,
};

/** Bytes of one element. */
export function elementBytes(dtype: TensorDtype): number {
  return bytesByDtype[dtype];
}

export function isFloatDtype(dtype: TensorDtype): dtype is FloatDtype {
  return dtype === 'F64' || dtype === 'F32' || dtype === 'F16' || dtype === 'BF16';
}

/** @throws PinwordError 'tensor-dtype' naming the tensor. */
export function requireFloatDtype(dtype: TensorDtype, tensorName: string): FloatDtype {
  if (isFloatDtype(dtype)) return dtype;
  throw new PinwordError(
    'tensor-dtype',
    `The tensor "${tensorName}" has the element type ${dtype}; weights must be F16, BF16, F32 or F64.`,
  );
}

/** Values as float32; F64 is rounded to nearest. The result may share the memory of `bytes`. */
export function toFloat32(bytes: Uint8Array<ArrayBuffer>, dtype: FloatDtype): Float32Array<ArrayBuffer> {
  const source = alignedTo(bytes, bytesByDtype[dtype]);
  const count = source.length / bytesByDtype[dtype];
  if (dtype === 'F32') return new Float32Array(source.buffer, source.byteOffset, count);
  if (dtype === 'F64') return Float32Array.from(new Float64Array(source.buffer, source.byteOffset, count));
  const values = new Float32Array(count);
  const bits = new Uint32Array(values.buffer);
  const halves = new Uint16Array(source.buffer, source.byteOffset, count);
  if (dtype === 'F16') float16ToFloat32Bits(halves, bits);
  else for (let i = 0; i < count; i++) bits[i] = (halves[i] ?? 0) << 16;
  return values;
}

/** Little-endian bytes of float32 values in `dtype`, rounded to nearest even as torch does. May share memory with `values`. */
export function fromFloat32(values: Float32Array<ArrayBuffer>, dtype: FloatDtype): Uint8Array<ArrayBuffer> {
  if (dtype === 'F32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  if (dtype === 'F64') return new Uint8Array(Float64Array.from(values).buffer);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return new Uint8Array((dtype === 'F16' ? float16Bits(bits) : bfloat16Bits(bits)).buffer);
}

/** Bytes of one piece of a tensor in another element type. Returns `bytes` itself where the type stays. */
export function convertFloats(
  bytes: Uint8Array<ArrayBuffer>,
  from: FloatDtype,
  to: FloatDtype,
): Uint8Array<ArrayBuffer> {
  return from === to ? bytes : fromFloat32(toFloat32(bytes, from), to);
}

/** Index of the first NaN or infinity in bytes of this element type, −1 where all are finite. */
export function findNonFinite(bytes: Uint8Array<ArrayBuffer>, dtype: FloatDtype): number {
  const width = bytesByDtype[dtype];
  const source = alignedTo(bytes, width);
  if (dtype === 'F64')
    return new Float64Array(source.buffer, source.byteOffset, source.length / 8).findIndex(
      (value) => !Number.isFinite(value),
    );
  const words =
    width === 4
      ? new Uint32Array(source.buffer, source.byteOffset, source.length / 4)
      : new Uint16Array(source.buffer, source.byteOffset, source.length / 2);
  const exponent = dtype === 'F32' ? 0x7f80_0000 : dtype === 'F16' ? 0x7c00 : 0x7f80;
  for (let i = 0; i < words.length; i++) if (((words[i] ?? 0) & exponent) === exponent) return i;
  return -1;
}

/**
 * convertFloats that refuses NaN and infinity, whether they were there or arise because `to` is too narrow.
 * @throws PinwordError 'nan-weight' with the tensor's name.
 */
export function convertChecked(
  bytes: Uint8Array<ArrayBuffer>,
  from: FloatDtype,
  to: FloatDtype,
  tensorName: string,
): Uint8Array<ArrayBuffer> {
  const converted = convertFloats(bytes, from, to);
  if (findNonFinite(converted, to) === -1) return converted;
  const wasFinite = findNonFinite(bytes, from) === -1;
  throw new PinwordError(
    'nan-weight',
    wasFinite
      ? `The tensor "${tensorName}" holds values too large for ${to}. Load the model in f32.`
      : `The tensor "${tensorName}" holds NaN or infinity. The file is damaged; download it again or choose another.`,
  );
}

function alignedTo(bytes: Uint8Array<ArrayBuffer>, width: number): Uint8Array<ArrayBuffer> {
  if (bytes.length % width !== 0)
    throw new RangeError(`${bytes.length} bytes are no whole number of ${width}-byte elements.`);
  return bytes.byteOffset % width === 0 ? bytes : bytes.slice();
}
