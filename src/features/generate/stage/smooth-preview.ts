import type { Pixels } from '../../../../workers/api.ts';

/** Beyond this the browser's own bilinear scaling shows no lattice any more. */
const smoothSize = 256;
const mostTimes = 4;

/** Weights of four neighbours at a place between the middle two, by the cubic B-spline (Unser 1999, "Splines"). */
function weights(at: number): readonly [number, number, number, number] {
  const rest = 1 - at;
  return [rest ** 3 / 6, (4 - 6 * at ** 2 + 3 * at ** 3) / 6, (4 - 6 * rest ** 2 + 3 * rest ** 3) / 6, at ** 3 / 6];
}

interface Taps {
  readonly indices: readonly number[];
  readonly weights: readonly number[];
}

/** For each pixel of the larger line, the pixels of the smaller one that it is made of. */
function tapsOf(size: number, times: number): readonly Taps[] {
  return Array.from({ length: size * times }, (_, to) => {
    const at = (to + 0.5) / times - 0.5;
    const before = Math.floor(at);
    const indices = [-1, 0, 1, 2].map((offset) => Math.min(size - 1, Math.max(0, before + offset)));
    return { indices, weights: weights(at - before) };
  });
}

/** Sums of pixels of four channels. @param stride from one element of a line to the next, in pixels @param step from line to line */
function scaleLines(
  from: Float32Array,
  to: Float32Array,
  taps: readonly Taps[],
  lines: { readonly count: number; readonly stride: number; readonly step: number; readonly stepTo: number },
): void {
  for (let line = 0; line < lines.count; line++) {
    for (const [index, { indices, weights: shares }] of taps.entries()) {
      const target = 4 * (line * lines.stepTo + index * lines.stride);
      for (const [tap, source] of indices.entries()) {
        const start = 4 * (line * lines.step + source * lines.stride);
        const share = shares[tap] ?? 0;
        for (let channel = 0; channel < 4; channel++)
          to[target + channel] = (to[target + channel] ?? 0) + share * (from[start + channel] ?? 0);
      }
    }
  }
}

/**
 * A preview of few pixels, drawn larger without edges between them. A blur by the page would be computed anew for every
 * frame that the browser draws.
 * @returns the same pixels where there are enough of them
 */
export function smoothPreview(preview: Pixels): Pixels {
  const { width, height } = preview;
  const times = Math.min(mostTimes, Math.floor(smoothSize / Math.max(width, height)));
  if (times < 2) return preview;
  const across = new Float32Array(4 * width * times * height);
  const rows = { count: height, stride: 1, step: width, stepTo: width * times };
  scaleLines(Float32Array.from(preview.data), across, tapsOf(width, times), rows);
  const both = new Float32Array(4 * width * times * height * times);
  const columns = { count: width * times, stride: width * times, step: 1, stepTo: 1 };
  scaleLines(across, both, tapsOf(height, times), columns);
  return { width: width * times, height: height * times, data: Uint8ClampedArray.from(both) };
}
