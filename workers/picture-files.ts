import type { EngineApi, Pixels, PngText } from './api.ts';
import { insertPngText, readPngText } from './png/png-text.ts';
import { asResult } from './as-result.ts';
import { inspectSubjectImage, readPicture } from './images/decode-image.ts';

/** The part of the contract that works on picture files and needs no model. */
export const pictureFiles: Pick<EngineApi, 'inspectImage' | 'encodePng' | 'readPngText'> = {
  inspectImage: (image) => asResult(() => inspectSubjectImage(image)),
  encodePng: (pixels, metadata) => asResult(() => encodePng(pixels, metadata)),
  readPngText: (png) => asResult(async () => readPngText(await readPicture(png))),
};

async function encodePng({ width, height, data }: Pixels, metadata: readonly PngText[]): Promise<Blob> {
  const canvas = new OffscreenCanvas(width, height);
  canvas.getContext('2d')?.putImageData(new ImageData(data, width, height), 0, 0);
  const bare = await canvas.convertToBlob({ type: 'image/png' });
  return new Blob([insertPngText(new Uint8Array(await bare.arrayBuffer()), metadata)], { type: 'image/png' });
}
