/** An engine for tests of PNG files: those are real, pictures that are pinned are texts. */
import { createHash } from 'node:crypto';
import type { EngineApi } from '../../api.ts';
import { insertPngFiles, readPngFiles } from '../../png/png-files.ts';
import { insertPngText, readPngText } from '../../png/png-text.ts';

export const bytesOf = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer());
const hashOf = async (blob: Blob) =>
  createHash('sha256')
    .update(await bytesOf(blob))
    .digest('hex');
const hashed = async (bytes: Blob) => ({ bytes, hash: await hashOf(bytes) });
const ok = <T>(value: T) => ({ ok: true, value }) as const;

type PictureEngine = Pick<
  EngineApi,
  'inspectImage' | 'inspectEmbedding' | 'shrinkPicture' | 'fillPng' | 'readPngText' | 'readPngFiles'
>;

/** Pictures are PNG files, and texts that begin with "a "; a small one says so. */
export const pngEngine: PictureEngine = {
  inspectImage: async (image) =>
    /^(?:a |.PNG)/u.test(await image.text())
      ? ok({ width: 40, height: 20, hash: await hashOf(image), upright: null })
      : { ok: false, error: { code: 'not-an-image', message: 'no picture' } },
  inspectEmbedding: () => Promise.resolve({ ok: false, error: { code: 'bad-embedding', message: 'none' } }),
  shrinkPicture: async ({ image, mask, region }) =>
    ok({
      width: 40,
      height: 20,
      region,
      image: await hashed(new Blob([`a small ${await image.text()}`])),
      mask: mask === null ? null : await hashed(new Blob([`a small ${await mask.text()}`])),
    }),
  fillPng: async (png, metadata, files) =>
    ok(
      new Blob([insertPngFiles(insertPngText(await bytesOf(png), metadata), await Promise.all(files.map(bytesOf)))], {
        type: 'image/png',
      }),
    ),
  readPngText: async (png) => ok(await readPngText(await bytesOf(png))),
  readPngFiles: async (png) => {
    const files = readPngFiles(await bytesOf(png));
    return ok(await Promise.all(files.map((file) => hashed(new Blob([file])))));
  },
};
