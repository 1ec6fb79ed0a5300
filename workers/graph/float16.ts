/** The bits of the float16 nearest to a number (IEEE 754 binary16, round half to even). */
export function float16Bits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (Number.isNaN(magnitude)) return sign | 0x7e00;
  if (magnitude >= 65520) return sign | 0x7c00;
  // Numbers below the smallest normal share its exponent.
  const exponent = Math.max(Math.floor(Math.log2(magnitude)), -14);
  const significand = roundHalfToEven(magnitude * 2 ** (10 - exponent));
  // The hidden bit of a normal number, and a significand rounded up to 2048, carry into the exponent by addition.
  return sign | (significand < 1024 ? significand : ((exponent + 14) << 10) + significand);
}

function roundHalfToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}
