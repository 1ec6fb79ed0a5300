import { PinwordError } from '../../errors.ts';
import { bfloat16Bits, float16Bits, float16ToFloat32Bits } from './float-bits.ts';
import { float8Values } from './float8.ts';
import { type TensorDtype, tensorDtypes } from './tensor-table.ts';

/** Element types that weights are written in. */
export type WideDtype = 'F64' | 'F32' | 'F16' | 'BF16';

/** Element types that weights may have. */
type FloatDtype = WideDtype | 'F8_E4M3' | 'F8_E5M2';

/** Exponent bits that all stand in NaN and infinity; of E4M3, all bits but the sign, because it has no infinity. */
const nonFiniteBits = { F32: 0x7f80_0000, F16: 0x7c00, BF16: 0x7f80, F8_E4M3: 0x7f, F8_E5M2: 0x7c } as const;

/** Bytes of one element. */
export function elementBytes(dtype: TensorDtype): number {
  return tensorDtypes[dtype];
}

export function isFloatDtype(dtype: TensorDtype): dtype is FloatDtype {
  return dtype === 'F64' || dtype in nonFiniteBits;
}

/** @throws PinwordError 'tensor-dtype' naming the tensor. */
export function requireFloatDtype(dtype: TensorDtype, tensorName: string): FloatDtype {
  if (isFloatDtype(dtype)) return dtype;
  throw new PinwordError(
    'tensor-dtype',
    `The tensor "${tensorName}" has the element type ${dtype}; weights must be F16, BF16, F32, F64, F8_E4M3 or F8_E5M2.`,
  );
}

/** Values as float32; F64 is rounded to nearest. The result may share the memory of `bytes`. */
export function toFloat32(bytes: Uint8Array<ArrayBuffer>, dtype: FloatDtype): Float32Array<ArrayBuffer> {
  const source = alignedTo(bytes, elementBytes(dtype));
  const count = source.length / elementBytes(dtype);
  if (dtype === 'F32') return new Float32Array(source.buffer, source.byteOffset, count);
  if (dtype === 'F64') return Float32Array.from(new Float64Array(source.buffer, source.byteOffset, count));
  if (dtype === 'F8_E4M3' || dtype === 'F8_E5M2') return float8Values(source, dtype);
  const values = new Float32Array(count);
  const bits = new Uint32Array(values.buffer);
  const halves = new Uint16Array(source.buffer, source.byteOffset, count);
  if (dtype === 'F16') float16ToFloat32Bits(halves, bits);
  else for (let i = 0; i < count; i++) bits[i] = (halves[i] ?? 0) << 16;
  return values;
}

/** Little-endian bytes of float32 values in `dtype`, rounded to nearest even as torch does. May share memory with `values`. */
export function fromFloat32(values: Float32Array<ArrayBuffer>, dtype: WideDtype): Uint8Array<ArrayBuffer> {
  if (dtype === 'F32') return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  if (dtype === 'F64') return new Uint8Array(Float64Array.from(values).buffer);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return new Uint8Array((dtype === 'F16' ? float16Bits(bits) : bfloat16Bits(bits)).buffer);
}

/** Bytes of one piece of a tensor in another element type. Returns `bytes` itself where the type stays. */
export function convertFloats(
  bytes: Uint8Array<ArrayBuffer>,
  from: FloatDtype,
  to: WideDtype,
): Uint8Array<ArrayBuffer> {
  return from === to ? bytes : fromFloat32(toFloat32(bytes, from), to);
}

/** Index of the first NaN or infinity in bytes of this element type, −1 where all are finite. */
export function findNonFinite(bytes: Uint8Array<ArrayBuffer>, dtype: FloatDtype): number {
  const width = elementBytes(dtype);
  const source = alignedTo(bytes, width);
  if (dtype === 'F64')
    return new Float64Array(source.buffer, source.byteOffset, source.length / 8).findIndex(
      (value) => !Number.isFinite(value),
    );
  const words = wordsOf(source, width);
  const bits = nonFiniteBits[dtype];
  for (let i = 0; i < words.length; i++) if (((words[i] ?? 0) & bits) === bits) return i;
  return -1;
}

/**
 * convertFloats that refuses NaN and infinity, whether they were there or arise because `to` is too narrow.
 * @throws PinwordError 'nan-weight' with the tensor's name.
 */
export function convertChecked(
  bytes: Uint8Array<ArrayBuffer>,
  from: FloatDtype,
  to: WideDtype,
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

function wordsOf({ buffer, byteOffset, length }: Uint8Array<ArrayBuffer>, width: number) {
  if (width === 4) return new Uint32Array(buffer, byteOffset, length / 4);
  return width === 2 ? new Uint16Array(buffer, byteOffset, length / 2) : new Uint8Array(buffer, byteOffset, length);
}

function alignedTo(bytes: Uint8Array<ArrayBuffer>, width: number): Uint8Array<ArrayBuffer> {
  if (bytes.length % width !== 0)
    throw new RangeError(`${bytes.length} bytes are no whole number of ${width}-byte elements.`);
  return bytes.byteOffset % width === 0 ? bytes : bytes.slice();
}
