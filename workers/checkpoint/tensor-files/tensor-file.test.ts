import { describe, expect, it } from 'vitest';

import { guardedSource } from '../../testing/files/fuzz.ts';
import { pickleBytes, pickledName, pickledStorage, pickledText as text } from '../../testing/files/pickle-text.ts';
import { storedZip } from '../../testing/files/zip-writer.ts';
import { blobSource, type ByteSource } from '../bytes/byte-source.ts';
import { isTorchFile, readTensorFile } from './tensor-file.ts';

/** A safetensors file with one tensor, its header filled up with spaces to a length. */
function fileWithHeader(length: number): Blob {
  const header = JSON.stringify({ weight: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }).padEnd(length);
  const size = new DataView(new ArrayBuffer(8));
  size.setBigUint64(0, BigInt(length), true);
  return new Blob([size, header, Float32Array.of(1)]);
}

it.each([
  [640, 'a pickle'],
  [19_280, 'a ZIP'],
  [66_176, 'a pickle'],
])('a safetensors file whose header takes %i bytes is not taken for %s', async (length) => {
  const { table } = await readTensorFile(blobSource('lora.safetensors', fileWithHeader(length)));
  expect([...table.keys()]).toEqual(['weight']);
});

it.each([
  ['an archive', 'PK\x03\x04', true],
  ['half of its mark', 'Pk\x03\x04', false],
  ['the other half', 'pK\x03\x04', false],
  ['a pickle', '\x80\x02\x8a\x0a', true],
  ['a pickle of another protocol', '\x80\x03\x8a\x0a', false],
  ['no pickle', '\x7f\x02\x8a\x0a', false],
  ['nothing', '', false],
  ['one byte', 'P', false],
  ['two bytes', 'PK', true],
  ['eight bytes', 'PK\x03\x04\x00\x00\x00\x00', true],
  ['an archive with a brace', 'PK\x03\x04\x00\x00\x00{', true],
  ['a header of 0x4b50 bytes', 'PK\x00\x00\x00\x00\x00\x00{', false],
])('whether a file is of torch.save is told by its first bytes: %s', async (_, start, expected) => {
  expect(await isTorchFile(guardedSource(pickleBytes(start)))).toBe(expected);
});

describe('a state dict of torch.save', () => {
  /** A tensor without numbers on storage "0", which stands in the memo. */
  const tensor = `${pickledName('torch._utils', '_rebuild_tensor_v2')}(${pickledStorage(pickledName('torch', 'HalfStorage'), '0', 0)}K\x00K\x00\x85K\x01\x85\x89NtRq\x00`;

  const dict = (entries: Readonly<Record<string, string>>): string =>
    `}(${Object.entries(entries)
      .map(([key, value]) => `${text(key)}${value}`)
      .join('')}u`;

  /** A file that saved this; its numbers are aligned as torch aligns them. */
  const saved = (pickle: string): ByteSource =>
    guardedSource(storedZip({ 'a/data.pkl': pickleBytes(`${pickle}.`), 'a/data/0': '' }, { alignment: 64 }), 'a.pt');

  it.each<readonly [string, string, readonly string[], readonly string[], readonly string[]]>([
    ['at its root', dict({ w: tensor }), ['state_dict'], [], ['w']],
    ['below a key', dict({ w: tensor, state_dict: dict({ x: tensor }) }), ['model', 'state_dict'], [], ['x']],
    [
      'not below a key that holds none',
      dict({ w: tensor, state_dict: tensor }),
      ['state_dict'],
      [],
      ['w', 'state_dict'],
    ],
    [
      'in groups',
      dict({ a: dict({ x: tensor, n: 'N' }), b: dict({ y: tensor }) }),
      [],
      ['a', 'b', 'c'],
      ['a.x', 'b.y'],
    ],
    ['where groups are none', dict({ w: tensor, a: tensor }), [], ['a'], ['w', 'a']],
    ['among other things', `}(K\x05${tensor}${text('n')}K\x05${text('w')}${tensor}u`, [], [], ['w']],
  ])('is found %s', async (_, pickle, paths, groups, names) => {
    const { table, metadata } = await readTensorFile(saved(pickle), paths, groups);
    expect([...table.keys()]).toEqual(names);
    for (const info of table.values()) expect(info).toMatchObject({ dtype: 'F16', shape: [0], length: 0 });
    expect(metadata.size).toBe(0);
  });

  it.each([[tensor], [`]${tensor}a`], ['N']])('is refused where there is no dict: %#', async (pickle) => {
    await expect(readTensorFile(saved(pickle), ['a'], ['b'])).rejects.toMatchObject({
      code: 'bad-pickle',
      message: expect.stringContaining('"a.pt" holds no tensors by name') as string,
    });
  });

  it.each([
    [20_000, 'its storage "0" is missing'],
    [20_001, 'holds more than 20000 tensors'],
  ])('of %i tensors whose numbers are missing is told: %s', async (count, words) => {
    const items = Array.from({ length: count - 1 }, (_, i) => `${text(`${i}`)}h\x00`).join('');
    const pickle = pickleBytes(`}(${text('w')}${tensor}${items}${text('n')}Nu.`);
    await expect(readTensorFile(guardedSource(storedZip({ 'a/data.pkl': pickle })))).rejects.toMatchObject({
      code: 'bad-pickle',
      message: expect.stringContaining(words) as string,
    });
  });
});
