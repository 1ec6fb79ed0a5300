import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatsFile } from '../testing/formats-reference.ts';
import { cases, guardedSource, mutate, mutations, typed } from '../testing/fuzz.ts';
import { storedZip } from '../testing/zip-writer.ts';
import type { ByteSource } from './byte-source.ts';
import { elementBytes } from './dtype.ts';
import { planLoras } from './lora/plan-loras.ts';
import { readProjectorFile } from './projector-files.ts';
import { readSafetensors, writeSafetensorsHeader } from './safetensors.ts';
import { type JsonBounds, parseForeignJson, plainJson } from './foreign-json.ts';
import type { TensorTable } from './tensor-table.ts';
import { readTextualInversion } from './textual-inversion.ts';
import { isPickleTensor, readTorchFile, type TorchFile } from './torch/torch-file.ts';
import { entryDataOffset, readZipEntries } from './torch/zip.ts';

const safetensorsCodes = ['bad-safetensors', 'download-incomplete'] as const;
const options = { numRuns: cases };

async function bytesOf(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const source = await formatsFile(path);
  return source.read(0, source.size);
}

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
    const real = await bytesOf('lora/kohya.safetensors');
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

const bounds: JsonBounds = { maxDepth: 100, maxValues: 100_000, refusesRepeatedKeys: false };

describe('foreign JSON', () => {
  it('agrees with JSON.parse on sound text and refuses what JSON.parse refuses', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), mutations, fc.boolean(), (json, mutation, sound) => {
        const text = sound ? json : Buffer.from(mutate(Buffer.from(json), mutation)).toString();
        let expected: unknown;
        try {
          expected = JSON.parse(text);
        } catch {
          expect(() => parseForeignJson(text, bounds)).toThrow(SyntaxError);
          return;
        }
        try {
          expect(plainJson(parseForeignJson(text, bounds))).toEqual(expected);
        } catch (error) {
          if (!(error instanceof SyntaxError && error.message.includes('too long'))) throw error;
        }
      }),
      options,
    );
  });
});

/** The pickle of one tensor on storage "0". */
function tensorPickle(type: string, offset: number, shape: readonly number[], strides: readonly number[]): Uint8Array {
  const text = (value: string) => Buffer.concat([Buffer.of(0x8c, value.length), Buffer.from(value)]);
  const int = (value: number) => Buffer.concat([Buffer.from('J'), Buffer.from(Int32Array.of(value).buffer)]);
  const tuple = (...items: readonly Uint8Array[]) => Buffer.concat([Buffer.from('('), ...items, Buffer.from('t')]);
  const storage = tuple(text('storage'), Buffer.from(`ctorch\n${type}Storage\n`), text('0'), text('cpu'), int(4));
  const args = tuple(
    Buffer.concat([storage, Buffer.from('Q')]),
    int(offset),
    tuple(...shape.map(int)),
    tuple(...strides.map(int)),
    Buffer.of(0x89),
    Buffer.from('N'),
  );
  return Buffer.concat([
    Buffer.of(0x80, 2),
    Buffer.from('ctorch._utils\n_rebuild_tensor_v2\n'),
    args,
    Buffer.from('R.'),
  ]);
}

async function locateAll(file: TorchFile): Promise<void> {
  const queue = [file.root];
  for (let seen = 0; seen < 1000 && queue.length > 0; seen++) {
    const value = queue.shift();
    if (isPickleTensor(value)) {
      const info = await typed(['bad-pickle'], () => file.locate(value));
      if (info !== null) expect(info.offset + info.length).toBeLessThanOrEqual(file.source().size);
    } else if (Array.isArray(value)) queue.push(...value.slice(0, 100));
    else if (value instanceof Map) queue.push(...[...value.values()].slice(0, 100));
  }
}

describe('torch files', () => {
  it('mutated archives give a typed error or tensors inside the file', async () => {
    const files = await Promise.all(
      ['torch/everything.pt', 'textual-inversion/original.pt', 'projector/lincir.pt'].map(bytesOf),
    );
    files.push(
      storedZip(
        { 'a/data.pkl': Uint8Array.of(0x80, 2, 0x4b, 5, 0x2e), 'a/data/0': new Uint8Array(9) },
        { zip64: true },
      ),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), mutations, async (file, mutation) => {
        const bytes = mutate(file, mutation);
        const read = await typed(['bad-pickle'], () => readTorchFile(guardedSource(bytes)));
        if (read !== null) await locateAll(read);
      }),
      options,
    );
  });

  it('tensors of any shape, stride and offset give a typed error or lie in their storage', async () => {
    const number = fc.oneof(fc.nat(4), fc.constantFrom(2 ** 31 - 1, 255));
    const shape = fc.array(number, { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('Float', 'Half', 'Double', 'Bool'),
        number,
        shape,
        fc.option(shape),
        fc.nat(40),
        async (type, offset, extents, strides, storageBytes) => {
          const rowMajor = extents.map((_, axis) =>
            extents.slice(axis + 1).reduce((product, extent) => product * extent, 1),
          );
          const pickle = tensorPickle(type, offset, extents, strides ?? rowMajor);
          const bytes = storedZip({ 'a/data.pkl': pickle, 'a/data/0': new Uint8Array(storageBytes).fill(1) });
          const read = await typed(['bad-pickle'], () => readTorchFile(guardedSource(bytes)));
          if (read === null || !isPickleTensor(read.root)) return;
          const { root } = read;
          const info = await typed(['bad-pickle'], () => read.locate(root));
          if (info !== null)
            expect(await read.source().read(info.offset, info.length)).toEqual(new Uint8Array(info.length).fill(1));
        },
      ),
      options,
    );
  });

  it('any instructions give a typed error or data', async () => {
    const names = [
      'torch._utils\n_rebuild_tensor_v2\n',
      'collections\nOrderedDict\n',
      'torch\nFloatStorage\n',
      'os\nsystem\n',
      'torch.nn.modules.container\nParameterDict\n',
      '__builtin__\nset\n',
      'torch._utils\n_rebuild_parameter\n',
    ];
    const instruction = fc.oneof(
      fc
        .constantFrom(...Buffer.from('(N)]}tRbasueQ.2\x81\x85\x86\x87\x88\x89\x93\x94', 'latin1'))
        .map((code) => Buffer.of(code)),
      fc.constantFrom(...names).map((name) => Buffer.from(`c${name}`)),
      fc.nat(255).map((value) => Buffer.of(0x4b, value)),
      fc.nat(3).chain((slot) => fc.constantFrom('q', 'h').map((code) => Buffer.from([code.charCodeAt(0), slot]))),
      fc
        .constantFrom('storage', '0', 'cpu', '')
        .map((text) => Buffer.concat([Buffer.of(0x8c, text.length), Buffer.from(text)])),
      fc.uint8Array({ maxLength: 5 }).map((bytes) => Buffer.from(bytes)),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(instruction, { maxLength: 40 }), async (instructions) => {
        const pickle = Buffer.concat([Buffer.of(0x80, 2), ...instructions, Buffer.from('.')]);
        const bytes = storedZip({ 'a/data.pkl': pickle, 'a/data/0': new Uint8Array(16) });
        const read = await typed(['bad-pickle'], () => readTorchFile(guardedSource(bytes)));
        if (read !== null) await locateAll(read);
      }),
      options,
    );
  });

  it('mutated pickles of real files give a typed error or tensors inside the file', async () => {
    const source = await formatsFile('torch/everything.pt');
    const entry = (await readZipEntries(source)).get('everything/data.pkl');
    if (entry === undefined) throw new Error('no data.pkl');
    const pickle = await source.read(await entryDataOffset(source, entry), entry.size);
    await fc.assert(
      fc.asyncProperty(mutations, async (mutation) => {
        const entries = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`a/data/${i}`, new Uint8Array(48)]));
        const bytes = storedZip({ 'a/data.pkl': mutate(pickle, mutation), ...entries });
        const read = await typed(['bad-pickle'], () => readTorchFile(guardedSource(bytes)));
        if (read !== null) await locateAll(read);
      }),
      options,
    );
  });
});

describe('files of users', () => {
  const codes = [
    'bad-safetensors',
    'download-incomplete',
    'bad-pickle',
    'bad-embedding',
    'bad-lora',
    'bad-checkpoint-file',
    'nan-weight',
    'tensor-dtype',
  ] as const;
  it('mutated embeddings, LoRAs and projectors give a typed error or data', async () => {
    const names = [
      'textual-inversion/a1111.pt',
      'textual-inversion/learned_embeds.safetensors',
      'lora/old-diffusers.safetensors',
      'lora/old-diffusers.bin',
      'projector/pic2word.pt',
      'projector/searle.safetensors',
    ];
    const files = await Promise.all(names.map(bytesOf));
    const base = {
      unet: (await readSafetensors(await formatsFile('lora/unet.safetensors'))).table,
      textEncoder: (await readSafetensors(await formatsFile('lora/text_encoder.safetensors'))).table,
    };
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), mutations, async (file, mutation) => {
        const source = guardedSource(mutate(file, mutation));
        const embedding = await typed(codes, () => readTextualInversion(source, 8));
        if (embedding !== null) expect(embedding.vectors.length).toBe(8 * embedding.count);
        await typed(codes, () => planLoras([{ source, weight: 1 }], base));
        await typed(codes, () => readProjectorFile(source));
      }),
      options,
    );
  });
});
