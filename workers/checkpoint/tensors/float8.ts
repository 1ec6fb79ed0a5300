/** The two 8-bit float types of the OCP (arXiv 2209.05433): E4M3 without infinity, and E5M2. */

type Float8Dtype = 'F8_E4M3' | 'F8_E5M2';

/** Bits of the fraction, and what is added to exponents. */
const formats = {
  F8_E4M3: { fractionBits: 3, bias: 7 },
  F8_E5M2: { fractionBits: 2, bias: 15 },
} as const;

/** The values of all 256 patterns, made at first use. */
const tables = new Map<Float8Dtype, Float32Array>();

export function float8Values(bytes: Uint8Array, dtype: Float8Dtype): Float32Array<ArrayBuffer> {
  const table = tables.get(dtype) ?? Float32Array.from({ length: 256 }, (_, pattern) => valueOf(pattern, dtype));
  tables.set(dtype, table);
  const values = new Float32Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) values[i] = table[bytes[i] ?? 0] ?? 0;
  return values;
}

function valueOf(pattern: number, dtype: Float8Dtype): number {
  const { fractionBits, bias } = formats[dtype];
  const sign = pattern < 0x80 ? 1 : -1;
  const exponent = (pattern & 0x7f) >> fractionBits;
  const fraction = (pattern & ((1 << fractionBits) - 1)) / (1 << fractionBits);
  // Only E5M2 has an exponent of 31, and of E4M3 only the last pattern is no number.
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  if ((pattern & 0x7f) === 0x7f) return NaN;
  return sign * (exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias));
}
