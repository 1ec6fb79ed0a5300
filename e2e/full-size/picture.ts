import { readFile } from 'node:fs/promises';

import UPNG from 'upng-js';

/** Peak signal-to-noise ratio between the colours of two PNG files of one size, in dB. */
export async function pngPsnr(one: string, other: string): Promise<number> {
  const [a, b] = await Promise.all([one, other].map(readPixels));
  if (a?.length !== b?.length || a === undefined || b === undefined)
    throw new Error(`${one} and ${other} have different sizes.`);
  let squares = 0;
  for (const [index, value] of a.entries()) squares += (value - (b[index] ?? NaN)) ** 2;
  // Opacity is 255 in both and no part of the picture.
  return 10 * Math.log10(255 ** 2 / (squares / (0.75 * a.length)));
}

async function readPixels(path: string): Promise<Uint8Array> {
  const png = UPNG.decode(new Uint8Array(await readFile(path)).buffer);
  return new Uint8Array(UPNG.toRGBA8(png)[0] ?? new ArrayBuffer(0));
}
