import { describe, expect, it } from 'vitest';
import { formatsFile, formatsTensors, memorySource } from '../testing/formats-reference.ts';
import { storedZip } from '../testing/zip-writer.ts';
import type { ByteSource } from './byte-source.ts';
import { isFloatDtype, toFloat32 } from './dtype.ts';
import { isPickleTensor, type PickleMap, type PickleValue, readTorchFile, type TorchFile } from './torch-pickle.ts';

const source = await formatsFile('torch/everything.pt');
const file = await readTorchFile(source);
const root = mapOf(file.root);

function mapOf(value: PickleValue | undefined): PickleMap {
  if (!(value instanceof Map)) throw new Error('not a dict');
  return value;
}

async function floats(from: ByteSource, torch: TorchFile, value: PickleValue | undefined): Promise<Float32Array> {
  if (!isPickleTensor(value)) throw new Error('not a tensor');
  const { dtype, offset, length } = await torch.locate(value);
  return isFloatDtype(dtype) ? toFloat32(await from.read(offset, length), dtype) : Float32Array.of();
}

describe('readTorchFile', () => {
  it.each(['float', 'half', 'bfloat', 'double', 'scalar', 'empty', 'slice'])(
    'finds the numbers of the tensor %s',
    async (name) => {
      expect(await floats(source, file, root.get(name))).toEqual(
        (await formatsTensors('torch/everything.safetensors')).get(name),
      );
    },
  );

  it('tells types, shapes and offsets into a shared storage', async () => {
    const slice = root.get('slice');
    const long = root.get('long');
    if (!isPickleTensor(slice) || !isPickleTensor(long)) throw new Error('not tensors');
    expect(slice).toMatchObject({ shape: [2, 3], elementOffset: 3 });
    const info = await file.locate(long);
    expect(info).toMatchObject({ dtype: 'I64', shape: [2], length: 16 });
    expect(new DataView((await source.read(info.offset, info.length)).buffer).getBigInt64(8, true)).toBe(-(2n ** 40n));
  });

  it('reads nested dicts, parameters and plain values', async () => {
    const reference = await formatsTensors('torch/everything.safetensors');
    expect(await floats(source, file, mapOf(root.get('state_dict')).get('weight'))).toEqual(reference.get('weight'));
    expect(await floats(source, file, root.get('parameter'))).toEqual(reference.get('weight'));
    expect([root.get('epoch'), root.get('rate'), root.get('far'), root.get('nothing')]).toEqual([
      3,
      0.5,
      2 ** 40,
      null,
    ]);
    expect(root.get('pair')).toEqual([1, [true, 'text']]);
    expect(root.get('betas')).toEqual(
      new Map([
        [0, 0.9],
        [1, 0.999],
      ]),
    );
    expect(root.get('size')).toEqual([2, 3]);
  });

  it('reads a zip64 archive', async () => {
    const pickle = Uint8Array.of(0x80, 2, 0x4b, 5, 0x2e);
    expect((await readTorchFile(memorySource('a.pt', storedZip({ 'a/data.pkl': pickle }, { zip64: true })))).root).toBe(
      5,
    );
  });
});

describe('files that are refused', () => {
  const pickled = (bytes: Uint8Array | string, extra: Readonly<Record<string, Uint8Array | string>> = {}) =>
    memorySource(
      'evil.pt',
      storedZip({ 'a/data.pkl': typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, ...extra }),
    );

  it.each([
    ['a function of the system', '\x80\x02cposix\nsystem\n(X\x02\x00\x00\x00idtR.', /posix\.system/],
    ['eval', '\x80\x02c__builtin__\neval\n(X\x01\x00\x00\x001tR.', /__builtin__\.eval/],
    ['a name by STACK_GLOBAL', '\x80\x04\x8c\x02os\x8c\x06system\x93.', /os\.system/],
    ['a prototype as a name', '\x80\x02cconstructor\n__proto__\n.', /constructor\.__proto__/],
    ['an instruction no tensor needs (INST)', '\x80\x02(ios\nsystem\n.', /instruction 0x69/],
    ['a call of what is no function', '\x80\x02K\x01)R.', /no known function/],
    ['a state for a number', '\x80\x02K\x01}b.', /a state/],
    ['an empty stack', '\x80\x02.', /not there/],
    ['a mark that is missing', '\x80\x02t.', /mark/],
    ['a value from an empty memo', '\x80\x02h\x05.', /not there/],
    ['no end', '\x80\x02K\x01', /cut off/],
    ['text longer than the pickle', '\x80\x02X\xff\xff\xff\xffab.', /cut off/],
    ['a dict keyed by a list', '\x80\x02}]K\x01s.', /neither text nor a number/],
    ['a huge whole number', `\x80\x02\x8a\x09${'\xff'.repeat(8)}\x01.`, /2\^53/],
    ['a malformed storage', '\x80\x02K\x01Q.', /storage/],
  ])('%s', async (_, bytes, message) => {
    await expect(readTorchFile(pickled(bytes))).rejects.toMatchObject({
      code: 'bad-pickle',
      message: expect.stringMatching(message) as string,
    });
  });

  it('a tensor beyond its storage', async () => {
    const tensor =
      '\x80\x02ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x02tQK\x00K\x02\x85K\x01\x85\x89)tR.';
    const fits = await readTorchFile(pickled(tensor, { 'a/data/0': new Uint8Array(8) }));
    const tooLong = await readTorchFile(pickled(tensor, { 'a/data/0': new Uint8Array(7) }));
    const missing = await readTorchFile(pickled(tensor));
    if (!isPickleTensor(fits.root) || !isPickleTensor(tooLong.root) || !isPickleTensor(missing.root))
      throw new Error('not a tensor');
    expect((await fits.locate(fits.root)).length).toBe(8);
    await expect(tooLong.locate(tooLong.root)).rejects.toMatchObject({
      code: 'bad-pickle',
      message: expect.stringContaining('beyond its storage') as string,
    });
    await expect(missing.locate(missing.root)).rejects.toMatchObject({
      code: 'bad-pickle',
      message: expect.stringContaining('missing') as string,
    });
  });

  it('the format before torch 1.6, and transposed tensors, saying what to do', async () => {
    await expect(readTorchFile(await formatsFile('torch/legacy.pt'))).rejects.toMatchObject({
      code: 'bad-pickle',
      message: expect.stringContaining('before 1.6') as string,
    });
    await expect(readTorchFile(await formatsFile('torch/transposed.pt'))).rejects.toMatchObject({
      code: 'bad-pickle',
      message: expect.stringContaining('.contiguous()') as string,
    });
  });

  it('big-endian numbers', async () => {
    await expect(readTorchFile(pickled('\x80\x02N.', { 'a/byteorder': 'big' }))).rejects.toMatchObject({
      code: 'bad-pickle',
    });
  });

  it('a damaged pickle', async () => {
    const zip = storedZip({ 'a/data.pkl': Uint8Array.of(0x80, 2, 0x4b, 5, 0x2e) });
    zip[zip.indexOf(0x4b, 40)] = 0x4e;
    await expect(readTorchFile(memorySource('x.pt', zip))).rejects.toMatchObject({
      code: 'bad-pickle',
      message: expect.stringContaining('damaged') as string,
    });
  });

  it('an archive cut at any byte', async () => {
    const whole = new Uint8Array(await source.read(0, source.size));
    for (let size = 0; size < whole.length; size += 7) {
      await expect(readTorchFile(memorySource('cut.pt', whole.slice(0, size)))).rejects.toMatchObject({
        code: 'bad-pickle',
      });
    }
  });
});
