import { afterEach, describe, expect, it, vi } from 'vitest';

import { PinwordError } from '../errors.ts';
import { readReferenceFile } from '../testing/reference/reference-file.ts';
import { refusal } from '../testing/reference/weights.ts';
import { readImageHeader } from './image-header.ts';
import { checkImage, decodeSubjectImage, inspectSubjectImage } from './decode-image.ts';

const file = (name: string) => readReferenceFile(`images/${name}`);
const textBytes = (text: string) => new Uint8Array(new TextEncoder().encode(text));

const pictures = [
  ['png', 'plain.png'],
  ['png', 'text-first.png'],
  ['png', 'palette.png'],
  ['jpeg', 'baseline.jpg'],
  ['jpeg', 'progressive.jpg'],
  ['jpeg', 'exif.jpg'],
  ['webp', 'lossy.webp'],
  ['webp', 'lossless.webp'],
  ['webp', 'extended.webp'],
  ['gif', 'plain.gif'],
  ['bmp', 'plain.bmp'],
  ['avif', 'plain.avif'],
] as const;

/** A HEIC file as phones write it, as far as its size: ftyp, then meta › iprp › ipco › two ispe (a tile, the whole). */
function heic(width: number, height: number): Uint8Array<ArrayBuffer> {
  const box = (type: string, ...content: readonly (readonly number[])[]): number[] => {
    const bytes = content.flat();
    return [...uint32(bytes.length + 8), ...textBytes(type), ...bytes];
  };
  const uint32 = (value: number): number[] => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
  const ispe = (w: number, h: number): number[] => box('ispe', uint32(0), uint32(w), uint32(h));
  const properties = box('iprp', box('ipco', ispe(512, 512), ispe(width, height)));
  return Uint8Array.from([
    ...box('ftyp', [...textBytes('heic')], uint32(0), [...textBytes('mif1heic')]),
    ...box('meta', uint32(0), properties),
  ]);
}

describe('the header of a picture', () => {
  it.each(pictures)('gives format and size: %s, %s', async (format, name) => {
    expect(readImageHeader(await file(name))).toMatchObject({ format, width: 37, height: 21, complete: true });
  });

  it('of a HEIC file gives the size of the whole, not of a tile', () => {
    expect(readImageHeader(heic(4032, 3024))).toEqual({ format: 'heic', width: 4032, height: 3024, complete: true });
  });

  it.each(pictures.filter(([format]) => format !== 'gif'))(
    'is known to be incomplete when the file was cut: %s, %s',
    async (_, name) => {
      const bytes = await file(name);
      for (const length of [bytes.length - 30, Math.floor(bytes.length / 2), 30]) {
        expect(refusal(() => checkImage(bytes.slice(0, length))).code, `${length} bytes`).toBe('image-truncated');
      }
    },
  );

  it('of a JPEG is its frame header, not a table that stands before it', async () => {
    const bytes = await file('baseline.jpg');
    const tables = [0xc4, 0xc8, 0xcc, 0xdb, 0xe1].flatMap((marker) => [0xff, marker, 0, 8, 9, 9, 9, 9, 9, 9, 0xff]);
    expect(readImageHeader(Uint8Array.from([...bytes.subarray(0, 2), ...tables, ...bytes.subarray(2)]))).toMatchObject({
      width: 37,
      height: 21,
    });
  });

  it.each([
    ['text', [...textBytes('motion photo')]],
    // Half of all videos hold these bytes by chance; so may a second picture.
    ['what looks like a scan', [1, 2, 0xff, 0xda, 3, 0xff]],
  ])('of a photograph with data behind its end is complete: %s', async (_, after) => {
    const bytes = await file('baseline.jpg');
    expect(checkImage(Uint8Array.from([...bytes, ...after])).complete).toBe(true);
  });

  it('of a JPEG passes over markers that stand alone and bytes between segments', async () => {
    const bytes = await file('progressive.jpg');
    const between = [0xff, 0x01, 0xff, 0xd3, 7, 0xff, 0xff];
    expect(readImageHeader(Uint8Array.from([...bytes.subarray(0, 2), ...between, ...bytes.subarray(2)]))).toEqual({
      format: 'jpeg',
      width: 37,
      height: 21,
      complete: true,
    });
  });

  it('of a JPEG that was cut stays incomplete though a whole thumbnail lies in it', async () => {
    const bytes = await file('baseline.jpg');
    const thumbnail = Uint8Array.from([0xff, 0xe1, 0, 0, ...bytes]);
    new DataView(thumbnail.buffer).setUint16(2, bytes.length + 2);
    const whole = [...bytes.subarray(0, 2), ...thumbnail, ...bytes.subarray(2)];
    expect(checkImage(Uint8Array.from(whole)).complete).toBe(true);
    const cut = Uint8Array.from(whole.slice(0, thumbnail.length + Math.floor(bytes.length * 0.8)));
    expect(refusal(() => checkImage(cut)).code).toBe('image-truncated');
  });

  it('of a WebP says how its EXIF data turns it', async () => {
    expect(readImageHeader(await file('turned.webp'))).toMatchObject({ width: 37, height: 21, orientation: 6 });
  });
});

describe('a file that cannot be pinned', () => {
  it.each([
    ['bomb.png', 'image-too-large'],
    ['one-pixel.png', 'image-too-small'],
    ['unsupported.tiff', 'image-format'],
  ])('%s is refused as %s before it is decoded', async (name, code) => {
    await expect(decodeSubjectImage(new Blob([await file(name)]), '')).rejects.toMatchObject({ code });
  });

  it.each([
    ['<svg xmlns="http://www.w3.org/2000/svg"/>', 'image-format'],
    ['\uFEFF<?xml version="1.0"?>\n<!-- drawn by hand -->\n<!DOCTYPE svg PUBLIC "" "">\n<svg >', 'image-format'],
    ['', 'not-an-image'],
    ['<?xml version="1.0"?><!--', 'not-an-image'],
    ['<html><body>404', 'not-an-image'],
    ['a dog on the beach', 'not-an-image'],
  ])('the text %j is refused as %s', async (text, code) => {
    await expect(decodeSubjectImage(new Blob([text]), '')).rejects.toMatchObject({ code });
  });

  it('never meets an error that has no code, wherever the file was cut or damaged', async () => {
    for (const [, name] of pictures) {
      const bytes = await file(name);
      for (let index = 0; index < Math.min(bytes.length, 300); index++) {
        const damaged = bytes.slice();
        damaged[index] = 255 - (damaged[index] ?? 0);
        for (const candidate of [bytes.slice(0, index), damaged]) {
          try {
            checkImage(candidate);
          } catch (error) {
            expect(error, `${name} at ${index}`).toBeInstanceOf(PinwordError);
          }
        }
      }
    }
  });
});

it('a picture that turns out larger than its file says is refused, and its bitmap freed', async () => {
  const close = vi.fn();
  vi.stubGlobal('createImageBitmap', () => Promise.resolve({ width: 10_000, height: 10_000, close }));
  await expect(inspectSubjectImage(new Blob([await file('baseline.jpg')]))).rejects.toMatchObject({
    code: 'image-too-large',
  });
  expect(close).toHaveBeenCalledOnce();
  vi.unstubAllGlobals();
});

it('text that only begins like an SVG is looked at in linear time', () => {
  // Each comment could end the pattern: a regular expression would try every way to share them out.
  const bytes = textBytes(`<?xml ?>${'<!----> '.repeat(400)}<p>`);
  expect(refusal(() => checkImage(bytes)).code).toBe('not-an-image');
});

it('a picture is measured as it is decoded, upright, and no pixel is read back for it', async () => {
  const close = vi.fn();
  vi.stubGlobal('createImageBitmap', () => Promise.resolve({ width: 30, height: 40, close }));
  vi.stubGlobal(
    'OffscreenCanvas',
    class {
      getContext = () => {
        throw new RangeError('A pixel was read.');
      };
    },
  );
  expect(await inspectSubjectImage(new Blob([await file('exif.jpg')]))).toMatchObject({
    width: 30,
    height: 40,
    upright: null,
  });
  vi.unstubAllGlobals();
});

describe('a picture that the browser fails to decode', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it.each([
    ['plain.gif', 'image-truncated'],
    ['plain.avif', 'image-format'],
  ])('%s is refused as %s', async (name, code) => {
    vi.stubGlobal('createImageBitmap', () => Promise.reject(new DOMException('', 'InvalidStateError')));
    await expect(decodeSubjectImage(new Blob([await file(name)]), '')).rejects.toMatchObject({ code });
  });

  it('may be a HEIC file: only some browsers read them', async () => {
    vi.stubGlobal('createImageBitmap', () => Promise.reject(new DOMException('', 'InvalidStateError')));
    await expect(decodeSubjectImage(new Blob([heic(4032, 3024)]), '')).rejects.toMatchObject({ code: 'image-format' });
  });
});
