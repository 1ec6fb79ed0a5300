import UPNG from 'upng-js';

/** An opaque PNG of grey levels. @param level of a pixel, 0 … 255 */
export function grey(width: number, height: number, level: (x: number, y: number) => number): Buffer {
  const rgba = Uint8Array.from({ length: 4 * width * height }, (_, index) => {
    const pixel = Math.floor(index / 4);
    return index % 4 === 3 ? 255 : level(pixel % width, Math.floor(pixel / width));
  });
  return Buffer.from(UPNG.encode([rgba.buffer], width, height, 0));
}
