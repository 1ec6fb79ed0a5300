import { describe, expect, it } from 'vitest';
import { guardedSource } from '../../testing/files/fuzz.ts';
import { formatsBytes, formatsFile, formatsTensors, memorySource } from '../../testing/reference/formats-reference.ts';
import { pickledName } from '../../testing/files/pickle-text.ts';
import { storedZip } from '../../testing/files/zip-writer.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { isFloatDtype, toFloat32 } from '../tensors/dtype.ts';
import { readSafetensorsTable } from '../tensor-files/safetensors.ts';
import type { TensorInfo } from '../tensors/tensor-table.ts';
import { isPickleTensor, type PickleMap, type PickleValue, readTorchFile, type TorchFile } from './torch-file.ts';

async function everything(): Promise<{ readonly file: TorchFile; readonly root: PickleMap }> {
  const file = await readTorchFile(await formatsFile('torch/everything.pt'));
  return { file, root: mapOf(file.root) };
}

function mapOf(value: PickleValue | undefined): PickleMap {
  if (!(value instanceof Map)) throw new Error('not a dict');
  return value;
}

async function floats(torch: TorchFile, value: PickleValue | undefined): Promise<Float32Array> {
  if (!isPickleTensor(value)) throw new Error('not a tensor');
  const { dtype, offset, length } = await torch.locate(value);
  return isFloatDtype(dtype) ? toFloat32(await torch.source().read(offset, length), dtype) : Float32Array.of();
}

describe('readTorchFile', () => {
  it.each(['float', 'half', 'bfloat', 'double', 'scalar', 'empty', 'slice'])(
    'finds the numbers of the tensor %s',
    async (name) => {
      const { file, root } = await everything();
      expect(await floats(file, root.get(name))).toEqual(
        (await formatsTensors('torch/everything.safetensors')).get(name),
      );
    },
  );

  it('tells types, shapes and offsets into a shared storage', async () => {
    const { file, root } = await everything();
    const slice = root.get('slice');
    const long = root.get('long');
    if (!isPickleTensor(slice) || !isPickleTensor(long)) throw new Error('not tensors');
    expect(slice).toMatchObject({ shape: [2, 3], elementOffset: 3 });
    const info = await file.locate(long);
    expect(info).toMatchObject({ dtype: 'I64', shape: [2], length: 16 });
    const bytes = await file.source().read(info.offset, info.length);
    expect(new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(8, true)).toBe(-(2n ** 40n));
  });

  it('reads nested dicts, parameters and plain values', async () => {
    const { file, root } = await everything();
    const reference = await formatsTensors('torch/everything.safetensors');
    expect(await floats(file, mapOf(root.get('state_dict')).get('weight'))).toEqual(reference.get('weight'));
    expect(await floats(file, root.get('parameter'))).toEqual(reference.get('weight'));
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

/** All tensors of a dict, read where the file says that they are. */
async function tensorsOf(torch: TorchFile, map: PickleMap): Promise<ReadonlyMap<string, Uint8Array>> {
  const infos = new Map<string, TensorInfo>();
  for (const [name, value] of map) if (isPickleTensor(value)) infos.set(String(name), await torch.locate(value));
  const from = torch.source();
  const bytes = new Map<string, Uint8Array>();
  for (const [name, { offset, length }] of infos) bytes.set(name, await from.read(offset, length));
  return bytes;
}

async function expectedBytes(path: string): Promise<ReadonlyMap<string, Uint8Array>> {
  const from = await formatsFile(path);
  const bytes = new Map<string, Uint8Array>();
  for (const [name, { offset, length }] of await readSafetensorsTable(from))
    bytes.set(name, await from.read(offset, length));
  return bytes;
}

describe('tensors that do not lie row by row, or share their numbers', () => {
  it.each(['torch/views.pt', 'torch/views-legacy.pt'])('are put in order: %s', async (path) => {
    const views = await readTorchFile(await formatsFile(path));
    const actual = await tensorsOf(views, mapOf(views.root));
    const expected = await expectedBytes('torch/views.safetensors');
    expect(actual.size).toBeGreaterThan(8);
    for (const [name, bytes] of actual) expect([name, bytes]).toEqual([name, expected.get(name)]);
  });

  it('never overlap', async () => {
    const views = await readTorchFile(await formatsFile('torch/views.pt'));
    const places: (readonly [number, number])[] = [];
    for (const value of mapOf(views.root).values())
      if (isPickleTensor(value)) {
        const { offset, length } = await views.locate(value);
        places.push([offset, offset + length]);
      }
    places.sort(([a], [b]) => a - b);
    places.forEach(([start], i) => {
      expect(start).toBeGreaterThanOrEqual(places[i - 1]?.[1] ?? 0);
    });
    expect(places.at(-1)?.[1]).toBe(views.source().size);
  });
});

describe('the format before torch 1.6', () => {
  it('holds the same', async () => {
    const { file, root } = await everything();
    const legacy = await readTorchFile(await formatsFile('torch/legacy.pt'));
    const [actual, wanted] = [await tensorsOf(legacy, mapOf(legacy.root)), await tensorsOf(file, root)];
    expect(actual.size).toBe(wanted.size);
    for (const name of ['long', 'bool', 'scalar', 'empty', 'slice']) expect(actual.get(name)).toEqual(wanted.get(name));
  });

  it('cannot be used where it lies', async () => {
    const legacy = await readTorchFile(await formatsFile('torch/legacy.pt'));
    expect('blob' in legacy.source()).toBe(false);
    expect('blob' in (await everything()).file.source()).toBe(true);
  });
});

describe('what training leaves beside the weights', () => {
  it('is passed over', async () => {
    const lightning = await readTorchFile(await formatsFile('torch/lightning.ckpt'));
    const top = mapOf(lightning.root);
    expect([top.get('global_step'), top.get('epoch')]).toEqual([470_000, 3]);
    expect(await tensorsOf(lightning, mapOf(top.get('state_dict')))).toEqual(
      await expectedBytes('torch/lightning.safetensors'),
    );
  });
});

it('a host is asked for the directory and the pickle, not for the header of every tensor', async () => {
  const whole = await formatsFile('torch/everything.pt');
  const read: number[] = [];
  const counting: ByteSource = {
    name: whole.name,
    size: whole.size,
    read: (offset, length) => {
      read.push(offset);
      return whole.read(offset, length);
    },
  };
  const counted = await readTorchFile(counting);
  read.length = 0;
  for (const value of mapOf(counted.root).values()) if (isPickleTensor(value)) await counted.locate(value);
  expect(read).toEqual([]);
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
    const longKey = tensor.replace('X\x01\x00\x00\x000', `X\xfa\x00\x00\x00${'k'.repeat(250)}`);
    const missing = await readTorchFile(pickled(longKey));
    if (!isPickleTensor(fits.root) || !isPickleTensor(tooLong.root) || !isPickleTensor(missing.root))
      throw new Error('not a tensor');
    expect((await fits.locate(fits.root)).length).toBe(8);
    await expect(tooLong.locate(tooLong.root)).rejects.toMatchObject({
      code: 'bad-pickle',
      message: expect.stringContaining('beyond its storage') as string,
    });
    await expect(missing.locate(missing.root)).rejects.toMatchObject({
      code: 'bad-pickle',
      message: expect.stringContaining(`its storage "${'k'.repeat(200)}" is missing`) as string,
    });
  });

  it('a tensor that repeats its numbers', async () => {
    const repeated = await readTorchFile(await formatsFile('torch/repeated.pt'));
    const tensor = mapOf(repeated.root).get('repeated');
    if (!isPickleTensor(tensor)) throw new Error('not a tensor');
    await expect(repeated.locate(tensor)).rejects.toMatchObject({
      code: 'bad-pickle',
      message: expect.stringContaining('.contiguous()') as string,
    });
  });

  it.each([
    ['dicts without end', '}'],
    ['marks without end', '('],
    ['tuples of tuples', ')\x85'],
  ])('%s', async (_, piece) => {
    await expect(readTorchFile(pickled(`\x80\x02${piece.repeat(200_001)}.`))).rejects.toMatchObject({
      code: 'bad-pickle',
      message: expect.stringContaining('more than 200000 lists and dicts') as string,
    });
  });

  /** A list of 100,000 as value 1 of the memo, and arguments with it as value 2. */
  const long = `\x80\x02](${'N'.repeat(100_000)}eq\x01\x85q\x02`;
  const call = `${pickledName('numpy', 'dtype')}h\x02R`;

  it.each([
    ['calls that each go through a long list', '', call, 18],
    ['states that each hold a long list', '', `${pickledName('argparse', 'Namespace')})Rh\x01b`, 18],
    ['numbers without end', call.repeat(18), 'K\x01', 90_000],
    ['one list, taken again and again', call.repeat(18), 'h\x01', 90_000],
    ['one list, kept again and again', `${call.repeat(18)}h\x01`, '\x94', 90_000],
    ['the same by numbers of a byte', `${call.repeat(18)}h\x01`, 'q\x07', 90_000],
    ['the same by numbers of four bytes', `${call.repeat(18)}h\x01`, 'r\x07\x00\x01\x00', 90_000],
  ])('%s', async (_, before, piece, fitting) => {
    expect(await readTorchFile(pickled(`${long}${before}${piece.repeat(fitting)}.`))).toBeDefined();
    await expect(readTorchFile(pickled(`${long}${before}${piece.repeat(1.2 * fitting)}.`))).rejects.toMatchObject({
      code: 'bad-pickle',
      message: expect.stringContaining('more than 2000000 values') as string,
    });
  });

  it.each([
    ['big', 'its numbers are not little-endian'],
    ['little, and much', 'its numbers are not little-endian'],
    ['little, and much.', '"a/byteorder" is too large'],
  ])('numbers in the byte order "%s"', async (order, words) => {
    await expect(readTorchFile(pickled('\x80\x02N.', { 'a/byteorder': order }))).rejects.toMatchObject({
      code: 'bad-pickle',
      message: expect.stringContaining(words) as string,
    });
  });

  it.each([
    ['is too large', 1],
    ['lies outside the file', 0],
  ])('a pickle of 32 megabytes, which %s with %i more', async (words, more) => {
    const zip = Buffer.from(storedZip({ 'a/data.pkl': '.' }));
    const entry = zip.indexOf('PK\x01\x02', 0, 'latin1');
    for (const at of [20, 24]) zip.writeUInt32LE(32 * 1024 * 1024 + more, entry + at);
    await expect(readTorchFile(memorySource('x.pt', new Uint8Array(zip)))).rejects.toMatchObject({
      code: 'bad-pickle',
      message: expect.stringContaining(words) as string,
    });
  });

  it.each([
    ['that does not begin as one', storedZip({ 'a/data.pkl': 'N.' }).with(0, 0x51), 'it is no zip archive'],
    ['that begins as one by half', storedZip({ 'a/data.pkl': 'N.' }).with(1, 0x51), 'it is no zip archive'],
    ['without a pickle', storedZip({ 'data.pkl': 'N.', 'a/b/data.pkl': 'N.' }), 'a zip archive without data.pkl'],
    ['of no byte', new Uint8Array(), 'it is no zip archive'],
    ['of three bytes', Uint8Array.of(1, 2, 3), 'it is no zip archive'],
  ])('an archive %s', async (_, bytes, words) => {
    await expect(readTorchFile(guardedSource(bytes))).rejects.toMatchObject({
      code: 'bad-pickle',
      message: expect.stringContaining(words) as string,
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
    const whole = await formatsBytes('torch/everything.pt');
    for (let size = 0; size < whole.length; size += 7) {
      await expect(readTorchFile(memorySource('cut.pt', whole.slice(0, size)))).rejects.toMatchObject({
        code: 'bad-pickle',
      });
    }
  });
});
