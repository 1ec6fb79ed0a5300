import { describe, expect, it } from 'vitest';
import { formatsFile, formatsTensors } from '../../testing/reference/formats-reference.ts';
import {
  convertChecked,
  convertFloats,
  findNonFinite,
  fromFloat32,
  requireFloatDtype,
  toFloat32,
  type WideDtype,
} from './dtype.ts';
import { readSafetensorsTable } from '../tensor-files/safetensors.ts';

const source = await formatsFile('dtypes.safetensors');
const table = await readSafetensorsTable(source);
const values = await formatsTensors('dtypes.safetensors');

async function bytesOf(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const info = table.get(name);
  if (info === undefined) throw new Error(name);
  return source.read(info.offset, info.length);
}

function floats(name: string): Float32Array<ArrayBuffer> {
  const tensor = values.get(name);
  if (tensor === undefined) throw new Error(name);
  return tensor;
}

/** Equality of bytes; vitest's own comparison takes seconds for long arrays. */
function expectSame(actual: Float32Array | Uint8Array, expected: Float32Array | Uint8Array): void {
  const bytes = (array: Float32Array | Uint8Array) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);
  expect(bytes(actual).equals(bytes(expected))).toBe(true);
}

describe('conversion of element types', () => {
  it.each(['F16', 'BF16', 'F64'] as const)('rounds float32 to %s as torch does', async (dtype) => {
    expectSame(fromFloat32(floats('F32'), dtype), await bytesOf(dtype));
  });

  it.each(['F16', 'BF16'] as const)('widens %s as torch does', async (dtype) => {
    expectSame(toFloat32(await bytesOf(dtype), dtype), floats(`${dtype}-as-F32`));
  });

  it.each(['F8_E4M3', 'F8_E5M2'] as const)('widens all 256 patterns of %s as torch does', async (dtype) => {
    const oneNaN = (array: Float32Array) => array.map((value) => (Number.isNaN(value) ? Number.NaN : value));
    expectSame(oneNaN(toFloat32(await bytesOf(`all-${dtype}`), dtype)), oneNaN(floats(`all-${dtype}-as-F32`)));
  });

  it('widens all 65,536 float16 patterns as torch does, whatever a NaN carries', async () => {
    const oneNaN = (array: Float32Array) => array.map((value) => (Number.isNaN(value) ? Number.NaN : value));
    expectSame(oneNaN(toFloat32(await bytesOf('all-halves'), 'F16')), oneNaN(floats('all-halves-as-F32')));
  });

  it.each([
    ['F16', 'BF16'],
    ['BF16', 'F16'],
    ['F64', 'F16'],
    ['F32', 'F32'],
  ] as const)('goes from %s to %s through float32', async (from, to) => {
    const bytes = await bytesOf(from);
    expectSame(convertFloats(bytes, from, to), fromFloat32(toFloat32(bytes, from), to));
  });

  it.each([
    ['F64', [0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0x40]],
    ['F32', [0, 0, 0x80, 0x3f, 0, 0, 0, 0x40]],
    ['F16', [0, 0x3c, 0, 0x40]],
    ['BF16', [0x80, 0x3f, 0, 0x40]],
    ['F8_E4M3', [0x38, 0x40]],
    ['F8_E5M2', [0x3c, 0x40]],
  ] as const)('reads 1 and 2 of %s, from the first number on', (dtype, bytes) => {
    expect([...toFloat32(Uint8Array.from(bytes), dtype)]).toEqual([1, 2]);
  });

  it('copies nothing that it need not', () => {
    const buffer = new ArrayBuffer(16);
    expect(toFloat32(new Uint8Array(buffer, 4, 8), 'F32')).toMatchObject({ buffer, byteOffset: 4, length: 2 });
    const halves = new Uint8Array(buffer, 2, 4);
    expect(convertFloats(halves, 'F16', 'F16')).toBe(halves);
    expect(toFloat32(new Uint8Array(buffer, 2, 8), 'F32').buffer).not.toBe(buffer);
  });

  it('reads bytes at an odd offset of their buffer', async () => {
    const bytes = await bytesOf('F32');
    const shifted = new Uint8Array(bytes.length + 1);
    shifted.set(bytes, 1);
    expectSame(toFloat32(shifted.subarray(1), 'F32'), floats('F32'));
  });
});

describe('refusals', () => {
  it.each(['F64', 'F32', 'F16', 'BF16'] as const)('finds the first NaN or infinity in %s', (dtype: WideDtype) => {
    expect(findNonFinite(fromFloat32(Float32Array.of(1, 2, Number.NaN, 3), dtype), dtype)).toBe(2);
    expect(findNonFinite(fromFloat32(Float32Array.of(1, Number.NEGATIVE_INFINITY), dtype), dtype)).toBe(1);
    expect(findNonFinite(fromFloat32(Float32Array.of(1, -60000), dtype), dtype)).toBe(-1);
  });

  it.each([
    ['F8_E4M3', [0x7e, 0x00, 0xff, 0x7f], 2],
    ['F8_E4M3', [0x78, 0xfe], -1],
    ['F8_E5M2', [0x7b, 0xfc, 0x7d], 1],
    ['F8_E5M2', [0x7b, 0xfb], -1],
  ] as const)('finds the first NaN or infinity in %s bytes %j', (dtype, bytes, at) => {
    expect(findNonFinite(Uint8Array.from(bytes), dtype)).toBe(at);
  });

  it.each(['F64', 'F32', 'F16', 'BF16'] as const)('finds an infinity that is the first of %s', (dtype) => {
    expect(findNonFinite(fromFloat32(Float32Array.of(Infinity, 1), dtype), dtype)).toBe(0);
    expect(findNonFinite(new Uint8Array(), dtype)).toBe(-1);
  });

  it.each([
    ['F16', 3],
    ['F32', 6],
    ['F64', 12],
  ] as const)('refuses half an element of %s', (dtype, length) => {
    expect(() => toFloat32(new Uint8Array(length), dtype)).toThrow('no whole number of');
    expect(() => findNonFinite(new Uint8Array(length), dtype)).toThrow(RangeError);
  });

  it('passes what is finite, and stays so', () => {
    const bytes = fromFloat32(Float32Array.of(0, -65504), 'F32');
    expect(convertChecked(bytes, 'F32', 'F16', 'w')).toEqual(fromFloat32(Float32Array.of(0, -65504), 'F16'));
    expect(convertChecked(bytes, 'F32', 'F32', 'w')).toBe(bytes);
  });

  it.each([
    [Number.NaN, 1],
    [1, Number.NaN],
    [Infinity, 1],
  ])('names the tensor whose weights are NaN or infinite: %d, %d', (...values) => {
    const bytes = fromFloat32(Float32Array.from(values), 'F32');
    expect(() => convertChecked(bytes, 'F32', 'F16', 'conv_in.weight')).toThrow(
      expect.objectContaining({
        code: 'nan-weight',
        message: expect.stringContaining('"conv_in.weight" holds NaN') as string,
      }),
    );
  });

  it('says so where a finite value is too large for f16', () => {
    const bytes = fromFloat32(Float32Array.of(1, 70000), 'F32');
    expect(() => convertChecked(bytes, 'F32', 'F16', 'w')).toThrow(
      expect.objectContaining({ code: 'nan-weight', message: expect.stringContaining('too large for F16') as string }),
    );
  });

  it.each(['F64', 'F32', 'F16', 'BF16', 'F8_E4M3', 'F8_E5M2'] as const)('takes %s as weights', (dtype) => {
    expect(requireFloatDtype(dtype, 'w')).toBe(dtype);
  });

  it('refuses integers as weights by name', () => {
    expect(() => requireFloatDtype('I64', 'position_ids')).toThrow(
      expect.objectContaining({ code: 'tensor-dtype', message: expect.stringContaining('position_ids') as string }),
    );
  });
});
