import type { ImageSize, Region } from '../api.ts';
import type { Mask } from './cut-out.ts';

/** Share of the longer side that is left free on each side of the subject, as training/evaluation/backdrops.py found best. */
const margin = 0.05;
/** A pixel counts as the subject from this share of it on, of 255. */
const half = 128;

/** Share of the mask's pixels that are the subject. */
export function coverage({ data }: Mask): number {
  return data.reduce((count, share) => count + (share >= half ? 1 : 0), 0) / data.length;
}

/**
 * The square round the subject with a margin, in pixels of the picture. It reaches over the picture's edge where the
 * subject does not leave the room.
 * @returns null where the mask shows nothing
 */
export function regionOfMask(mask: Mask, picture: ImageSize): Region | null {
  const columns = { low: mask.width, high: 0 };
  const rows = { low: mask.height, high: 0 };
  for (const [index, share] of mask.data.entries()) {
    if (share < half) continue;
    const x = index % mask.width;
    const y = (index - x) / mask.width;
    columns.low = Math.min(columns.low, x);
    columns.high = Math.max(columns.high, x + 1);
    rows.low = Math.min(rows.low, y);
    rows.high = Math.max(rows.high, y + 1);
  }
  if (columns.high === 0) return null;
  const across = picture.width / mask.width;
  const down = picture.height / mask.height;
  const longer = Math.max((columns.high - columns.low) * across, (rows.high - rows.low) * down);
  const size = Math.round(longer * (1 + 2 * margin));
  return {
    x: Math.round(((columns.low + columns.high) * across - size) / 2),
    y: Math.round(((rows.low + rows.high) * down - size) / 2),
    size,
  };
}
