import { sha256 } from 'hash-wasm';

import type { EngineApi, HashedFile, Pixels, PngText, SeenPicture, SmallPicture } from './api.ts';
import { insertPngFiles, readPngFiles } from './png/png-files.ts';
import { insertPngText, readPngText } from './png/png-text.ts';
import { asResult } from './as-result.ts';
import { inspectSubjectImage, readPicture, subjectBitmap } from './images/decode-image.ts';
import { drawSmall, isBareWebp, isWhole, smallFrame } from './images/small-picture.ts';

type PictureFiles = Pick<
  EngineApi,
  'inspectImage' | 'encodePng' | 'fillPng' | 'readPngFiles' | 'shrinkPicture' | 'readPngText'
>;

/** The part of the contract that works on picture files and needs no model. */
export const pictureFiles: PictureFiles = {
  inspectImage: (image) => asResult(() => inspectSubjectImage(image)),
  encodePng: (pixels, metadata) => asResult(() => encodePng(pixels, metadata)),
  fillPng: (png, metadata, files) => asResult(() => fillPng(png, metadata, files)),
  readPngFiles: (png) =>
    asResult(async () => {
      const files = readPngFiles(await readPicture(png));
      return Promise.all(files.map((bytes) => hashed(new Blob([bytes]))));
    }),
  shrinkPicture: (picture, edge) => asResult(() => shrinkPicture(picture, edge)),
  readPngText: (png) => asResult(async () => readPngText(await readPicture(png))),
};

async function encodePng({ width, height, data }: Pixels, metadata: readonly PngText[]): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')?.putImageData(new ImageData(data, width, height), 0, 0);
  return fillPng(await canvas.convertToBlob({ type: 'image/png' }), metadata, []);
}

async function fillPng(png: Blob, metadata: readonly PngText[], files: readonly Blob[]): Promise<Blob> {
  const texts = insertPngText(await bytesOf(png), metadata);
  const filled = insertPngFiles(texts, await Promise.all(files.map(bytesOf)));
  return new Blob([filled], { type: 'image/png' });
}

async function shrinkPicture({ image, region, mask }: SeenPicture, edge: number): Promise<SmallPicture> {
  const bitmap = await subjectBitmap(image);
  try {
    const frame = smallFrame(bitmap, region, edge);
    return {
      ...frame.size,
      image: await smallFile(image, bitmap, frame),
      region: frame.region,
      mask: mask === null ? null : await smallMask(mask, bitmap, frame),
    };
  } finally {
    bitmap.close();
  }
}

type Frame = ReturnType<typeof smallFrame>;

/** What is small already, and nothing but a picture, stays as it is: it would lose a little each time. */
async function smallFile(file: Blob, bitmap: ImageBitmap, frame: Frame): Promise<HashedFile> {
  const bytes = isWhole(frame, bitmap) ? await bytesOf(file) : null;
  return hashed(bytes !== null && isBareWebp(bytes) ? file : await drawSmall(bitmap, frame));
}

/** The same part of the mask, which has its picture's shape and may have another size. */
async function smallMask(mask: Blob, picture: ImageBitmap, frame: Frame): Promise<HashedFile> {
  const bitmap = await subjectBitmap(mask);
  try {
    const [across, down] = [bitmap.width / picture.width, bitmap.height / picture.height];
    const { x, y, width, height } = frame.part;
    const part = { x: x * across, y: y * down, width: width * across, height: height * down };
    return await smallFile(mask, bitmap, { ...frame, part });
  } finally {
    bitmap.close();
  }
}

async function hashed(bytes: Blob): Promise<HashedFile> {
  return { bytes, hash: await sha256(await bytesOf(bytes)) };
}

async function bytesOf(blob: Blob): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await blob.arrayBuffer());
}
