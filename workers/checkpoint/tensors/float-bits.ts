/** Bit patterns of float16 (IEEE 754 binary16) and bfloat16 against float32. */

/** float32 bit patterns of all 65,536 float16 patterns, made at first use (256 KiB). */
let float16Table: Uint32Array | undefined;

/** Writes the float32 bit patterns of `halves` into `bits`. */
export function float16ToFloat32Bits(halves: Uint16Array, bits: Uint32Array): void {
  float16Table ??= makeFloat16Table();
  for (let i = 0; i < halves.length; i++) bits[i] = float16Table[halves[i] ?? 0] ?? 0;
}

function makeFloat16Table(): Uint32Array {
  const table = new Uint32Array(65_536);
  const values = new Float32Array(table.buffer);
  for (let half = 0; half < 65_536; half++) {
    const sign = (half & 0x8000) << 16;
    const exponent = (half >> 10) & 0x1f;
    const fraction = half & 0x3ff;
    if (exponent === 0) values[half] = (sign === 0 ? 1 : -1) * fraction * 2 ** -24;
    else table[half] = sign | ((exponent === 31 ? 0xff : exponent + 112) << 23) | (fraction << 13);
  }
  return table;
}

/** float32 bit patterns → float16 bit patterns, to nearest even; overflow gives infinity, NaN stays NaN. */
export function float16Bits(bits: Uint32Array): Uint16Array<ArrayBuffer> {
  const halves = new Uint16Array(bits.length);
  for (let i = 0; i < bits.length; i++) {
    const pattern = bits[i] ?? 0;
    const sign = (pattern >>> 16) & 0x8000;
    halves[i] = sign | magnitude16(pattern & 0x7fff_ffff);
  }
  return halves;
}

function magnitude16(magnitude: number): number {
  if (magnitude > 0x7f80_0000) return 0x7e00;
  // 65520, halfway between the largest float16 and the next power of two, rounds up to infinity.
  if (magnitude >= 0x477f_f000) return 0x7c00;
  // From 2^-14 on: rebias the exponent by 112 and round the 13 dropped bits to even.
  if (magnitude >= 0x3880_0000) return (magnitude - 0x3800_0000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13;
  if (magnitude <= 0x3300_0000) return 0;
  const shift = 126 - (magnitude >>> 23);
  const fraction = (magnitude & 0x7f_ffff) | 0x80_0000;
  const half = fraction >>> shift;
  const rest = fraction & ((1 << shift) - 1);
  const middle = 1 << (shift - 1);
  return rest > middle || (rest === middle && (half & 1) === 1) ? half + 1 : half;
}

/** float32 bit patterns → bfloat16 bit patterns, to nearest even; NaN stays NaN. */
export function bfloat16Bits(bits: Uint32Array): Uint16Array<ArrayBuffer> {
  const result = new Uint16Array(bits.length);
  for (let i = 0; i < bits.length; i++) {
    const pattern = bits[i] ?? 0;
    const isNaNPattern = (pattern & 0x7fff_ffff) > 0x7f80_0000;
    result[i] = isNaNPattern ? 0x7fc0 : (pattern + 0x7fff + ((pattern >>> 16) & 1)) >>> 16;
  }
  return result;
}
