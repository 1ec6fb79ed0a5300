import { expect, it } from 'vitest';

import { bfloat16Bits, float16Bits } from './float-bits.ts';

/** Halves between two neighbours, the ends of the ranges, and what lies right beside them. */
it.each([
  [0x477fefff, 0x7bff],
  [0x477ff000, 0x7c00],
  [0x477fffff, 0x7c00],
  [0x7f800000, 0x7c00],
  [0xff800000, 0xfc00],
  [0x38800000, 0x0400],
  [0x38801000, 0x0400],
  [0x387fffff, 0x0400],
  [0x387fe000, 0x0400],
  [0x387fc000, 0x03ff],
  [0x33000000, 0x0000],
  [0x33000001, 0x0001],
  [0x33800000, 0x0001],
  [0x33c00000, 0x0002],
  [0x33bfffff, 0x0001],
  [0x34200000, 0x0002],
  [0x34200001, 0x0003],
  [0x34600000, 0x0004],
  [0xb3c00000, 0x8002],
  [0x3f801000, 0x3c00],
  [0x3f803000, 0x3c02],
  [0x3f801001, 0x3c01],
  [0x3f800fff, 0x3c00],
  [0x80000000, 0x8000],
  [0x00000001, 0x0000],
  [0x37c02000, 0x0180],
  [0x38000000, 0x0200],
])('NumPy makes of the float32 %i the float16 %i', (bits, half) => {
  expect(float16Bits(Uint32Array.of(bits))).toEqual(Uint16Array.of(half));
});

it.each([
  [0x3f808000, 0x3f80],
  [0x3f818000, 0x3f82],
  [0x3f808001, 0x3f81],
  [0x3f807fff, 0x3f80],
  [0x7f7fffff, 0x7f80],
  [0x7f800000, 0x7f80],
  [0xff800000, 0xff80],
  [0x00008000, 0x0000],
  [0x00018000, 0x0002],
  [0x80000000, 0x8000],
])('torch makes of the float32 %i the bfloat16 %i', (bits, half) => {
  expect(bfloat16Bits(Uint32Array.of(bits))).toEqual(Uint16Array.of(half));
});

it.each([0x7f80_0001, 0x7fc0_0000, 0x7fff_ffff, 0xff80_0001])('what is NaN stays it: %i', (bits) => {
  expect([...float16Bits(Uint32Array.of(bits))].map((half) => half & 0x7fff)).toEqual([0x7e00]);
  expect([...bfloat16Bits(Uint32Array.of(bits))]).toEqual([0x7fc0]);
});
