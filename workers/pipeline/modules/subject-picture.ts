import type { Pixels, Region, Subject } from '../../api.ts';
import { composeCutOut, maskOfAlpha } from '../../images/cut-out.ts';

export type PinnedImage = Extract<Subject, { readonly kind: 'picture' }>;

/** @param hash see InspectedImage. @throws PinwordError for what is no picture that can be pinned */
export type DecodeImage = (image: Blob, hash: string) => Promise<Pixels>;

/** What tells apart what an encoder sees of pictures: whatever is made of one is kept under this. */
export function subjectKey({ hash, region, cutOut }: PinnedImage): string {
  const seen = [hash, JSON.stringify(region)];
  return [...seen, ...(cutOut === undefined ? [] : [cutOut.hash, cutOut.backdrop])].join(' ');
}

/**
 * What every encoder sees of a pinned picture: the picture and its region; of a cut-out the region alone, before its
 * backdrop.
 * @throws as `decode`
 */
export async function subjectPicture(
  { image, hash, region, cutOut }: PinnedImage,
  decode: DecodeImage,
): Promise<{ readonly pixels: Pixels; readonly region: Region | null }> {
  const pixels = await decode(image, hash);
  if (cutOut === undefined) return { pixels, region };
  const mask = maskOfAlpha(await decode(cutOut.mask, cutOut.hash));
  const whole = { x: 0, y: 0, size: Math.max(pixels.width, pixels.height) };
  return { pixels: composeCutOut(pixels, mask, region ?? whole, cutOut.backdrop), region: null };
}
