import { describe, expect, it } from 'vitest';
import { formatsFile, memorySource } from '../../testing/reference/formats-reference.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { readSafetensors, readSafetensorsTable, writeSafetensorsHeader } from './safetensors.ts';

/** A file with this header text and this many data bytes. */
function file(header: string, dataBytes: number, name = 'model.safetensors'): ByteSource {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return memorySource(name, bytes);
}

const f16 = (shape: string, begin: number, end: number) =>
  `{"dtype":"F16","shape":${shape},"data_offsets":[${begin},${end}]}`;

describe('readSafetensors', () => {
  it('reads what the safetensors library wrote, names of prototypes included', async () => {
    const { table, metadata } = await readSafetensors(await formatsFile('dtypes.safetensors'));
    expect(table.get('F16')).toMatchObject({ dtype: 'F16', shape: [2018], length: 4036 });
    expect([...table.keys()].sort()).toEqual([
      'BF16',
      'BF16-as-F32',
      'F16',
      'F16-as-F32',
      'F32',
      'F64',
      'all-F8_E4M3',
      'all-F8_E4M3-as-F32',
      'all-F8_E5M2',
      'all-F8_E5M2-as-F32',
      'all-halves',
      'all-halves-as-F32',
    ]);
    expect(metadata).toEqual(
      new Map([
        ['__proto__', 'only a name'],
        ['modelspec.title', 'dtypes'],
      ]),
    );
  });

  it('takes "__proto__" and "constructor" as mere tensor names', async () => {
    const table = await readSafetensorsTable(
      file(`{"__proto__":${f16('[2]', 0, 4)},"constructor":${f16('[]', 4, 6)}}`, 6),
    );
    expect([...table.keys()]).toEqual(['__proto__', 'constructor']);
    expect(Object.keys({})).toEqual([]);
  });

  it.each([
    ['BOOL', 1],
    ['U8', 1],
    ['I8', 1],
    ['F8_E4M3', 1],
    ['F8_E5M2', 1],
    ['F8_E8M0', 1],
    ['F8_E4M3FNUZ', 1],
    ['F8_E5M2FNUZ', 1],
    ['U16', 2],
    ['I16', 2],
    ['F16', 2],
    ['BF16', 2],
    ['U32', 4],
    ['I32', 4],
    ['F32', 4],
    ['U64', 8],
    ['I64', 8],
    ['F64', 8],
    ['C64', 8],
  ])('reads a tensor of the type %s, whose elements have %i bytes, be it used or not', async (dtype, bytes) => {
    const odd = `{"dtype":"${dtype}","shape":[3],"data_offsets":[4,${4 + 3 * bytes}]}`;
    const table = await readSafetensorsTable(file(`{"used":${f16('[2]', 0, 4)},"odd":${odd}}`, 4 + 3 * bytes));
    expect(table.get('used')).toMatchObject({ dtype: 'F16', length: 4 });
    expect(table.get('odd')).toMatchObject({ dtype, length: 3 * bytes });
  });

  it('reads empty tensors and trailing spaces', async () => {
    const table = await readSafetensorsTable(file(`{"e":${f16('[0,3]', 0, 0)},"w":${f16('[1]', 0, 2)}}   `, 2));
    expect(table.get('e')?.length).toBe(0);
  });

  it('reads an empty tensor that stands behind the one that begins where it does', async () => {
    const table = await readSafetensorsTable(file(`{"w":${f16('[1]', 0, 2)},"e":${f16('[0]', 0, 0)}}`, 2));
    expect([...table.keys()]).toEqual(['w', 'e']);
  });

  it.each([
    [
      'shape against length, behind another',
      `{"a":${f16('[2]', 0, 4)},"b":${f16('[3]', 4, 8)}}`,
      8,
      /"b" has 4 bytes .* need 6/,
    ],
    ['a list in a shape', `{"a":${f16('[[1]]', 0, 2)}}`, 2, /nesting is deeper than 3/],
    ['a list for a type', '{"a":{"dtype":["F16"],"shape":[1],"data_offsets":[0,2]}}', 2, /element type \["F16"\]/],
    [
      'a long name of a type, which is cut',
      `{"a":{"dtype":"${'F'.repeat(60)}","shape":[1],"data_offsets":[0,2]}}`,
      2,
      /element type "F{39}, which/,
    ],
    ['a long name, which is cut', `{"${'a'.repeat(300)}":1}`, 0, /tensor "a{200}" has/],
    ['overlap', `{"a":${f16('[2]', 0, 4)},"b":${f16('[2]', 2, 6)}}`, 6, /"b" overlaps/],
    ['hole', `{"a":${f16('[2]', 0, 4)},"b":${f16('[1]', 6, 8)}}`, 8, /"b" follows a hole of 2 bytes/],
    ['hole at the start', `{"a":${f16('[2]', 2, 6)}}`, 6, /"a" follows a hole/],
    ['trailing bytes', `{"a":${f16('[2]', 0, 4)}}`, 5, /1 bytes follow/],
    ['shape against length', `{"a":${f16('[3]', 0, 4)}}`, 4, /"a" has 4 bytes .* need 6/],
    ['negative extent', `{"a":${f16('[-1]', 0, 4)}}`, 4, /malformed shape/],
    ['huge extents', `{"a":${f16('[9007199254740991,9007199254740991]', 0, 4)}}`, 4, /"a" has 4 bytes/],
    ['fractional offset', `{"a":${f16('[2]', 0.5, 4.5)}}`, 4, /malformed offsets/],
    ['offsets backwards', `{"a":${f16('[2]', 4, 0)}}`, 4, /malformed offsets/],
    ['unknown type', '{"a":{"dtype":"F12","shape":[1],"data_offsets":[0,2]}}', 2, /element type "F12"/],
    [
      'type of a prototype',
      '{"a":{"dtype":"toString","shape":[1],"data_offsets":[0,2]}}',
      2,
      /element type "toString"/,
    ],
    ['missing type', '{"a":{"shape":[1],"data_offsets":[0,2]}}', 2, /element type null/],
    ['extra field', '{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2],"x":1}}', 2, /fields besides/],
    ['key given twice', `{"a":${f16('[1]', 0, 2)},"\\u0061":${f16('[1]', 2, 4)}}`, 4, /"a" is given twice/],
    ['deep nesting', `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`, 0, /nesting is deeper/],
    ['no object', '[1]', 0, /not a JSON object/],
    ['text after the object', '{} x', 0, /something follows/],
    ['metadata that is no text', '{"__metadata__":{"a":1}}', 0, /not text/],
    ['cut JSON', '{"a":', 0, /a value is missing/],
    ['one that says nothing of a tensor', '{"a":1}', 0, /"a" has no description/],
    ['one offset', '{"a":{"dtype":"F16","shape":[1],"data_offsets":[0]}}', 2, /malformed offsets/],
    ['three offsets', '{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2,2]}}', 2, /malformed offsets/],
    ['text for an extent', `{"a":${f16('["1"]', 0, 2)}}`, 2, /malformed shape/],
    ['a number for a shape', `{"a":${f16('1', 0, 2)}}`, 2, /malformed shape/],
    ['an extent beyond 2^53', `{"a":${f16('[9007199254740993]', 0, 2)}}`, 2, /malformed shape/],
    ['a number for a type', '{"a":{"dtype":16,"shape":[1],"data_offsets":[0,2]}}', 2, /element type 16/],
    ['another field in place of one', '{"a":{"dtype":"F16","shape":[1],"offsets":[0,2]}}', 2, /malformed offsets/],
    ['metadata that are a list', '{"__metadata__":["a"]}', 0, /metadata is not an object/],
  ])('refuses: %s', async (_, header, dataBytes, message) => {
    await expect(readSafetensors(file(header, dataBytes))).rejects.toMatchObject({
      code: 'bad-safetensors',
      message: expect.stringMatching(message) as string,
    });
  });

  it('reads a file without tensors', async () => {
    expect((await readSafetensorsTable(file('{}', 0))).size).toBe(0);
  });

  it.each([
    [0, 8],
    [0, 16],
    [1, 16],
  ])('refuses a header of %i bytes in a file of %i as empty', async (length, size) => {
    const bytes = new Uint8Array(size);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
    bytes[8] = 0x7b;
    await expect(readSafetensors(memorySource('empty', bytes))).rejects.toThrow('its header is empty');
  });

  it('refuses a header that is not UTF-8', async () => {
    const bytes = Uint8Array.of(4, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x22, 0xff, 0x22);
    await expect(readSafetensors(memorySource('odd', bytes))).rejects.toMatchObject({
      code: 'bad-safetensors',
      message: expect.stringContaining('it is not UTF-8 text') as string,
    });
  });

  it('says how much a header claims, and how much of a file is missing', async () => {
    const long = new Uint8Array(16);
    new DataView(long.buffer).setBigUint64(0, 33_554_433n, true);
    long[8] = 0x7b;
    await expect(readSafetensors(memorySource('long', long))).rejects.toThrow('its header claims 33554433 bytes');
    new DataView(long.buffer).setBigUint64(0, 33_554_432n, true);
    await expect(readSafetensors(memorySource('long', long))).rejects.toThrow('its header is cut off');
    const whole = file(`{"a":${f16('[4]', 0, 8)}}`, 8);
    const cut = memorySource('cut', await whole.read(0, whole.size - 3));
    await expect(readSafetensors(cut)).rejects.toThrow(`3 of ${whole.size} bytes are missing`);
  });

  it('names the file', async () => {
    await expect(readSafetensors(file('{x}', 0, 'unet.safetensors'))).rejects.toThrow('"unet.safetensors"');
  });

  it('refuses a header of more values than any model has tensors', async () => {
    const header = `{"__metadata__":{${Array.from({ length: 100_001 }, (_, i) => `"${i}":""`).join()}}}`;
    await expect(readSafetensors(file(header, 0))).rejects.toThrow('more than 100000 values');
  });

  it('reads of a file whose header is no object no more than its first bytes', async () => {
    const whole = file(`[1]${' '.repeat(997)}`, 9);
    const ends: number[] = [];
    const read = (offset: number, length: number) => (ends.push(offset + length), whole.read(offset, length));
    await expect(readSafetensors({ ...whole, read })).rejects.toThrow('its header is not a JSON object');
    expect(Math.max(...ends)).toBeLessThanOrEqual(16);
  });

  it('never asks for a header larger than any model has', async () => {
    const reads: number[] = [];
    const start = new Uint8Array(16);
    new DataView(start.buffer).setBigUint64(0, 99_000_000n, true);
    start[8] = 0x7b;
    const source = {
      name: 'huge',
      size: Number.MAX_SAFE_INTEGER,
      read: (_: number, length: number) => (reads.push(length), Promise.resolve(start.slice(0, length))),
    };
    await expect(readSafetensors(source)).rejects.toMatchObject({ code: 'bad-safetensors' });
    expect(Math.max(...reads)).toBeLessThanOrEqual(16);
  });

  it.each([
    ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1', /Git LFS pointer/],
    ['a web page', '<!doctype html><html>', /web page/],
    ['a zip file', 'PK\u0003\u0004aaaaaaaaaaaa', /PyTorch/],
  ])('says what it got: %s', async (_, content, message) => {
    await expect(readSafetensors(memorySource('model.safetensors', content))).rejects.toMatchObject({
      code: 'bad-safetensors',
      message: expect.stringMatching(message) as string,
    });
  });

  it('calls a file that ends too early incomplete, at any cut', async () => {
    const whole = file(`{"a":${f16('[4]', 0, 8)}}`, 8);
    for (let size = 0; size < whole.size; size++) {
      const cut = memorySource('part', await whole.read(0, size));
      await expect(readSafetensors(cut)).rejects.toMatchObject({ code: 'download-incomplete' });
    }
  });
});

describe('writeSafetensorsHeader', () => {
  it('writes a header that reads back as the table it returned, data at a multiple of 64', async () => {
    const { header, table, size } = writeSafetensorsHeader(
      [
        { name: 'b "quoted" é', dtype: 'F32', shape: [2, 3] },
        { name: '__proto__', dtype: 'F16', shape: [5] },
        { name: 's', dtype: 'BF16', shape: [] },
      ],
      new Map([['format', 'pt']]),
    );
    expect(header.length % 64).toBe(0);
    const bytes = new Uint8Array(size);
    bytes.set(header);
    const read = await readSafetensors(memorySource('written', bytes));
    expect(read.table).toEqual(table);
    expect(read.metadata).toEqual(new Map([['format', 'pt']]));
    expect(table.get('b "quoted" é')?.offset).toBe(header.length);
  });

  it('writes metadata where there are some, and no more than 63 spaces', () => {
    const jsonOf = (name: string, metadata?: ReadonlyMap<string, string>): string => {
      const { header } = writeSafetensorsHeader([{ name, dtype: 'U8', shape: [1] }], metadata);
      const text = new TextDecoder().decode(header.subarray(8));
      expect([header.length % 64, text.length - text.trimEnd().length < 64]).toEqual([0, true]);
      return text;
    };
    for (let length = 1; length <= 64; length++) expect(jsonOf('a'.repeat(length))).not.toContain('__metadata__');
    const two = new Map([
      ['a', 'x'],
      ['b', '"y"'],
    ]);
    expect(JSON.parse(jsonOf('w', two))).toMatchObject({ __metadata__: { a: 'x', b: '"y"' } });
  });

  it('does not write a name twice', () => {
    const tensor = { name: 'a', dtype: 'F32', shape: [1] } as const;
    expect(() => writeSafetensorsHeader([tensor, tensor])).toThrow(RangeError);
    expect(() => writeSafetensorsHeader([{ ...tensor, name: '__metadata__' }])).toThrow(RangeError);
  });
});
