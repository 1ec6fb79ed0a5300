import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatsBytes, formatsFile } from '../../testing/reference/formats-reference.ts';
import { cases, guardedSource, mutate, mutations, typed } from '../../testing/files/fuzz.ts';
import { storedZip } from '../../testing/files/zip-writer.ts';
import { isPickleTensor, readTorchFile, type TorchFile } from './torch-file.ts';
import { entryDataOffset, readZipEntries } from './zip.ts';

const options = { numRuns: cases };

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
      [
        'torch/everything.pt',
        'torch/views.pt',
        'torch/views-legacy.pt',
        'torch/lightning.ckpt',
        'projector/lincir.pt',
      ].map(formatsBytes),
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
