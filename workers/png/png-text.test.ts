import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { formatsFile } from '../testing/reference/formats-reference.ts';
import { encodeChunk } from './png-chunks.ts';
import { insertPngText, readPngText } from './png-text.ts';

const parameters = 'a dog on a beach\nNegative prompt: blurry\nSteps: 20, Sampler: Euler a, Seed: 7';
const pinword = '{"caption":"ein Hund ☂ am Strand 🐕","seed":7}';

async function pngFile(name: string): Promise<Uint8Array<ArrayBuffer>> {
  const file = await formatsFile(`png/${name}`);
  return file.read(0, file.size);
}

const plain = await pngFile('plain.png');
const headerEnd = 33;

/** plain.png with one more chunk after its header. */
function withChunk(type: string, data: Uint8Array | string): Uint8Array<ArrayBuffer> {
  const chunk = encodeChunk(type, typeof data === 'string' ? Buffer.from(data, 'latin1') : data);
  return new Uint8Array(Buffer.concat([plain.subarray(0, headerEnd), chunk, plain.subarray(headerEnd)]));
}

describe('readPngText', () => {
  it('reads every kind of text chunk that Pillow writes', async () => {
    expect(await readPngText(await pngFile('pillow.png'))).toEqual([
      { keyword: 'parameters', text: parameters },
      { keyword: 'Comment', text: 'café '.repeat(50) },
      { keyword: 'workflow', text: pinword },
      { keyword: 'long', text: 'ü'.repeat(3000) },
    ]);
  });

  it('finds nothing where there is nothing', async () => {
    expect(await readPngText(plain)).toEqual([]);
  });

  it('reads bytes 0x80 to 0x9f as Latin-1, not as Windows-1252', async () => {
    expect(await readPngText(withChunk('tEXt', 'k\0\x80'))).toEqual([{ keyword: 'k', text: '\x80' }]);
  });
});

describe('insertPngText', () => {
  it('writes the file that Pillow and a second reader understood (formats_reference.py, section our-png)', async () => {
    const written = insertPngText(plain, [
      { keyword: 'parameters', text: parameters },
      { keyword: 'pinword', text: pinword },
    ]);
    expect(Buffer.from(written).equals(await pngFile('ours.png'))).toBe(true);
  });

  it('replaces text under the same keyword and keeps the rest', async () => {
    const written = insertPngText(await pngFile('pillow.png'), [{ keyword: 'parameters', text: 'new' }]);
    const texts = await readPngText(written);
    expect(texts.map(({ keyword }) => keyword)).toEqual(['parameters', 'Comment', 'workflow', 'long']);
    expect(texts[0]?.text).toBe('new');
  });

  it.each(['', ' x', 'x ', 'a  b', 'a\nb', '☂', 'x'.repeat(80)])('refuses the keyword %j', (keyword) => {
    expect(() => insertPngText(plain, [{ keyword, text: '' }])).toThrow(
      expect.objectContaining({ code: 'setting-out-of-range' }),
    );
  });
});

describe('files that are refused', () => {
  it('a file that is no PNG', async () => {
    await expect(readPngText(new Uint8Array(Buffer.from('GIF89a......')))).rejects.toMatchObject({
      code: 'not-an-image',
    });
    await expect(readPngText(new Uint8Array())).rejects.toMatchObject({ code: 'not-an-image' });
  });

  it('a PNG cut at any byte after its signature', async () => {
    const whole = await pngFile('pillow.png');
    for (let size = 8; size < whole.length; size++)
      await expect(readPngText(whole.slice(0, size))).rejects.toMatchObject({ code: 'image-truncated' });
  });

  it('a wrong checksum', async () => {
    const broken = (await pngFile('ours.png')).slice();
    broken[headerEnd + 20] = (broken[headerEnd + 20] ?? 0) ^ 1;
    await expect(readPngText(broken)).rejects.toMatchObject({
      code: 'image-format',
      message: expect.stringContaining('iTXt') as string,
    });
  });

  it.each([
    ['a text chunk without keyword', 'tEXt', '\0text'],
    ['a keyword that does not end', 'tEXt', 'keyword'],
    ['an unknown compression', 'zTXt', 'k\0\x01abc'],
    ['compressed text that is none', 'zTXt', 'k\0\0abc'],
    ['an unknown compression flag', 'iTXt', 'k\0\x02\0\0\0text'],
    ['an iTXt that ends in its fields', 'iTXt', 'k\0\0\0en'],
    ['text that is not UTF-8', 'iTXt', 'k\0\0\0\0\0\xff\xfe'],
    ['a second header', 'IHDR', 'x'.repeat(13)],
    ['a chunk whose name is no name', '12\x003', ''],
  ])('%s', async (_, type, data) => {
    await expect(readPngText(withChunk(type, data))).rejects.toMatchObject({ code: 'image-format' });
  });

  it('text that decompresses to more than 16 MiB', async () => {
    const bomb = Buffer.concat([Buffer.from('k\0\0', 'latin1'), deflateSync(Buffer.alloc(17 * 1024 * 1024))]);
    await expect(readPngText(withChunk('zTXt', bomb))).rejects.toMatchObject({
      code: 'image-format',
      message: expect.stringContaining('too long') as string,
    });
  });
});
