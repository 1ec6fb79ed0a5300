import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatsBytes } from '../../testing/reference/formats-reference.ts';
import { cases, guardedSource, mutate, mutations, typed } from '../../testing/files/fuzz.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { elementBytes } from '../tensors/dtype.ts';
import { readSafetensors, writeSafetensorsHeader } from './safetensors.ts';
import type { TensorTable } from '../tensors/tensor-table.ts';

const safetensorsCodes = ['bad-safetensors', 'download-incomplete'] as const;
const options = { numRuns: cases };

function withHeader(text: string, dataBytes: number): Uint8Array<ArrayBuffer> {
  const header = Buffer.from(text);
  const file = new Uint8Array(8 + header.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(header.length), true);
  file.set(header, 8);
  return file;
}

/** Every tensor lies inside the file, has the bytes its shape needs, and shares none. */
function expectSound(table: TensorTable, size: number): void {
  let end = 0;
  for (const { dtype, shape, offset, length } of [...table.values()].sort(
    (a, b) => a.offset - b.offset || a.length - b.length,
  )) {
    expect(length).toBe(shape.reduce((product, extent) => product * extent, elementBytes(dtype)));
    expect(offset).toBeGreaterThanOrEqual(end);
    end = offset + length;
  }
  expect(end).toBeLessThanOrEqual(size);
}

const dtype = fc.constantFrom('F64', 'F32', 'F16', 'BF16', 'I64', 'U8', 'BOOL', 'F8_E4M3');
const tensorName = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom('__proto__', 'constructor', 'toString', 'weight', '"', '\\', '\u0000'),
);
const specs = fc.uniqueArray(
  fc.record({
    name: tensorName.filter((name) => name !== '__metadata__'),
    dtype: dtype as fc.Arbitrary<'F32' | 'F16' | 'U8'>,
    shape: fc.array(fc.nat(4), { maxLength: 4 }),
  }),
  { selector: ({ name }) => name, maxLength: 8 },
);

describe('safetensors', () => {
  it('any tables that were written read back', async () => {
    await fc.assert(
      fc.asyncProperty(specs, async (tensors) => {
        const { header, table, size } = writeSafetensorsHeader(tensors);
        const file = new Uint8Array(size);
        file.set(header);
        expect((await readSafetensors(guardedSource(file))).table).toEqual(table);
      }),
      options,
    );
  });

  it('mutated files give a typed error or a sound table', async () => {
    const real = await formatsBytes('lora/kohya.safetensors');
    const small = withHeader(
      '{"__metadata__":{"a":"b"},"x":{"dtype":"F16","shape":[2,2],"data_offsets":[0,8]},"y":{"dtype":"U8","shape":[3],"data_offsets":[8,11]}}',
      11,
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(real, small), mutations, async (file, mutation) => {
        const bytes = mutate(file, mutation);
        const read = await typed(safetensorsCodes, () => readSafetensors(guardedSource(bytes)));
        if (read !== null) expectSound(read.table, bytes.length);
      }),
      options,
    );
  });

  it('hostile headers give a typed error or a sound table', async () => {
    const number = fc.oneof(fc.nat(40), fc.constantFrom(-1, 0.5, 1e400, 2 ** 53, 2 ** 53 - 1, 2 ** 31, 2 ** 32, 1e300));
    const entry = fc.record(
      {
        dtype: fc.oneof(dtype, fc.constantFrom('__proto__', 'F33', 7, null)),
        shape: fc.oneof(fc.array(number, { maxLength: 5 }), fc.constant('x')),
        data_offsets: fc.array(number, { minLength: 1, maxLength: 3 }),
      },
      { requiredKeys: [] },
    );
    const deep = fc.nat(100_000).map((depth) => `${'['.repeat(depth)}${']'.repeat(depth)}`);
    const fields = fc.array(
      fc.tuple(
        tensorName,
        fc.oneof(
          entry.map((value) => JSON.stringify(value)),
          deep,
          fc.json(),
        ),
      ),
      { maxLength: 5 },
    );
    await fc.assert(
      fc.asyncProperty(fields, fc.nat(64), async (pairs, dataBytes) => {
        const bytes = withHeader(
          `{${pairs.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')}}`,
          dataBytes,
        );
        const read = await typed(safetensorsCodes, () => readSafetensors(guardedSource(bytes)));
        if (read !== null) expectSound(read.table, bytes.length);
      }),
      options,
    );
  });

  it('sound headers with one tensor moved or resized give a typed error or a sound table', async () => {
    const change = fc.record({
      which: fc.nat(7),
      begin: fc.integer({ min: -9, max: 9 }),
      end: fc.integer({ min: -9, max: 9 }),
      together: fc.boolean(),
      extent: fc.integer({ min: -1, max: 1 }),
    });
    await fc.assert(
      fc.asyncProperty(specs, change, async (tensors, { which, begin, end, together, extent }) => {
        const { header, table } = writeSafetensorsHeader(tensors);
        const entries = [...table].map(([name, info], i) => {
          const isChanged = i === which % Math.max(1, table.size);
          const start = info.offset - header.length + (isChanged ? begin : 0);
          const shape = info.shape.map((size, axis) => (isChanged && axis === 0 ? size + extent : size));
          return {
            name,
            dtype: info.dtype,
            shape,
            begin: start,
            end: start + info.length + (isChanged && !together ? end : 0),
          };
        });
        const text = entries.map(
          (entry) =>
            `${JSON.stringify(entry.name)}:${JSON.stringify({ dtype: entry.dtype, shape: entry.shape, data_offsets: [entry.begin, entry.end] })}`,
        );
        const bytes = withHeader(`{${text.join(',')}}`, Math.max(0, ...entries.map((entry) => entry.end)));
        const read = await typed(safetensorsCodes, () => readSafetensors(guardedSource(bytes)));
        if (read !== null) expectSound(read.table, bytes.length);
      }),
      options,
    );
  });

  it('any length and any bytes give a typed error, without a large read', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 64 }),
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        async (content, length) => {
          const bytes = new Uint8Array(content.length + 8);
          new DataView(bytes.buffer).setBigUint64(0, length, true);
          bytes.set(content, 8);
          const source: ByteSource = {
            ...guardedSource(bytes),
            size: Number.MAX_SAFE_INTEGER,
            read: (offset, count) =>
              count > 32 * 1024 * 1024
                ? Promise.reject(new Error(`read ${count}`))
                : Promise.resolve(bytes.slice(offset, offset + Math.min(count, bytes.length))),
          };
          await typed(safetensorsCodes, () => readSafetensors(source));
          await typed(safetensorsCodes, () => readSafetensors(guardedSource(bytes)));
        },
      ),
      options,
    );
  });
});
