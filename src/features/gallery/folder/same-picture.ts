import { withoutPinned } from '../carried.ts';
import type { PngFiller } from '../save-pictures.ts';
import { haveSameBytes } from './same-bytes.ts';

/** Whether two files are one picture, whatever is pinned inside of one or both. */
export async function areSamePicture(engine: Pick<PngFiller, 'fillPng'>, a: Blob, b: Blob): Promise<boolean> {
  if (await haveSameBytes(a, b)) return true;
  const [left, right] = await Promise.all([withoutPinned(engine, a), withoutPinned(engine, b)]);
  return left !== null && right !== null && haveSameBytes(left, right);
}
