import { expect, it } from 'vitest';

import { blobSource, type ByteSource } from '../../checkpoint/bytes/byte-source.ts';
import { toFloat32 } from '../../checkpoint/tensors/dtype.ts';
import { torchFileOf } from '../../testing/files/torch-writer.ts';
import { safetensorsFile } from '../../testing/hub-server/hub-fixture.ts';
import { hashOfParts } from './hashes.ts';
import { remoteFacts } from './remote-facts.ts';
import { openShards } from './shards.ts';
import { readWeightFile } from './weight-file.ts';

const parts = [
  safetensorsFile('F16', { a: [5] }, (i) => i),
  safetensorsFile('F16', { b: [3], c: [4] }, (i) => i + 10),
  safetensorsFile('F16', { d: [2] }, (i) => i + 20),
];
const whole = Buffer.concat(parts);
const nameOf = (part: number) => `model-0000${part + 1}-of-00003.safetensors`;
/** Not in the order of the files. */
const index = { d: nameOf(2), c: nameOf(1), a: nameOf(0), b: nameOf(1) };

/** Opens these files, each with what a host tells of it. */
async function open(
  map: object = { weight_map: index },
  facts: readonly object[] = [],
  files: readonly Uint8Array<ArrayBuffer>[] = parts,
  named = nameOf,
) {
  const asked: string[] = [];
  const find = (path: string): Promise<ByteSource | null> => {
    asked.push(path);
    const part = files.findIndex((_, i) => path === `unet/${named(i)}`);
    const bytes = files[part];
    return Promise.resolve(bytes === undefined ? null : { ...blobSource(path, new Blob([bytes])), ...facts[part] });
  };
  const source = {
    name: 'm',
    identity: null,
    find,
    licence: () => Promise.resolve(null),
    whyMissing: () => null,
    storedInstead: () => null,
  };
  const opened = await openShards(source, 'unet/', blobSource('unet/index.json', new Blob([JSON.stringify(map)])));
  return { ...opened, asked };
}

it('shards are one file, in the order of their names, each asked for once', async () => {
  const { weights, table, asked } = await open();
  expect(asked).toEqual([0, 1, 2].map((part) => `unet/${nameOf(part)}`));
  expect(weights).toMatchObject({ name: 'unet/*.safetensors', size: whole.length });
  expect([...table.keys()]).toEqual(['a', 'b', 'c', 'd']);
  for (const [name, first] of Object.entries({ a: 0, b: 10, c: 10, d: 20 })) {
    const { offset = 0, length = 0 } = table.get(name) ?? {};
    const values = toFloat32(await weights.read(offset, length), 'F16');
    expect([...values]).toEqual(Array.from(values, (_, i) => first + i));
    expect(values.length).toBeGreaterThan(1);
  }
});

it('any range of them is read, also across their borders', async () => {
  const { weights } = await open();
  const [first = 0, second = 0] = parts.map(({ length }) => length);
  for (const offset of [0, 7, first - 1, first, first + second - 2, first + second])
    for (const length of [0, 1, 2, second + 3, whole.length - offset].filter((each) => offset + each <= whole.length)) {
      const bytes = await weights.read(offset, length);
      expect(Buffer.from(bytes).equals(whole.subarray(offset, offset + length)), `${offset}+${length}`).toBe(true);
      const pieces: Uint8Array[] = [];
      for await (const piece of weights.stream?.(offset, length) ?? []) pieces.push(piece);
      expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
      expect(pieces.every((piece) => piece.length > 0)).toBe(true);
    }
});

it('a host tells of all of them what it tells of each', async () => {
  const sizes = parts.map(({ length }) => length);
  const factsWith = async (...facts: readonly object[]) => remoteFacts((await open(undefined, facts)).weights);
  const [one, two, three] = [{ sha256: 'ab', validator: '"1"' }, { sha256: 'cd' }, { sha256: 'ef', validator: '"3"' }];
  expect(await factsWith(one, two, three)).toEqual({
    sha256: await hashOfParts(['ab', 'cd', 'ef']),
    validator: 'ab,cd,ef',
    acceptsRanges: true,
    partSizes: sizes,
  });
  expect(await factsWith(one, { validator: '"2"' }, three)).toMatchObject({ sha256: null, validator: 'ab,"2",ef' });
  expect(await factsWith(one, {}, three)).toMatchObject({ sha256: null, validator: null });
  expect(await factsWith({}, { acceptsRanges: false }, {})).toMatchObject({ acceptsRanges: false });
});

it("shards in torch's own format are called by it", async () => {
  const files = [await torchFileOf(parts[0] ?? new Uint8Array())];
  const { weights, table } = await open({ weight_map: { a: 'one.bin' } }, [], files, () => 'one.bin');
  expect([weights.name, ...table.keys()]).toEqual(['unet/*.bin', 'a']);
});

it.each<[string, string, object]>([
  ['bad-json', 'unet/index.json', {}],
  ['bad-json', 'unet/index.json', { weight_map: { a: 'folder/x.safetensors' } }],
  ['bad-json', 'unet/index.json', { weight_map: { a: 'x.txt' } }],
  ['file-not-found', 'unet/other.safetensors', { weight_map: { a: 'other.safetensors' } }],
])('an index is refused as %s by the name of %s: %j', async (code, name, map) => {
  const message = expect.stringContaining(name) as string;
  await expect(open(map)).rejects.toMatchObject({ code, message });
});

it('two shards with a tensor of the same name are refused by it', async () => {
  const twice = [parts[0] ?? new Uint8Array(), safetensorsFile('F16', { x: [1], a: [5] })];
  const message = expect.stringContaining('"a"') as string;
  await expect(open(undefined, [], [...twice, parts[2] ?? new Uint8Array()])).rejects.toMatchObject({
    code: 'bad-safetensors',
    message,
  });
});

it('only of a torch file it matters whether its host sends parts of it', async () => {
  const source = blobSource('w.safetensors', new Blob([parts[0] ?? new Uint8Array()]));
  const torch = blobSource('w.bin', new Blob([await torchFileOf(parts[0] ?? new Uint8Array())]));
  const below = blobSource('w.bin', new Blob([await torchFileOf(parts[0] ?? new Uint8Array(), 'state_dict')]));
  for (const file of [source, { ...source, acceptsRanges: false }, torch, below])
    expect([...(await readWeightFile(file)).table.keys()]).toEqual(['a']);
  const onPlainHost = { ...torch, acceptsRanges: false };
  await expect(readWeightFile(onPlainHost)).rejects.toMatchObject({
    code: 'bad-pickle',
    message: expect.stringContaining('"w.bin"') as string,
  });
});
