/** 8-bit RGB, interleaved, row by row. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** A resampling kernel: zero beyond `support`. */
interface Filter {
  readonly support: number;
  readonly weight: (x: number) => number;
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));

function cubic(distance: number): number {
  const a = -0.5;
  const x = Math.abs(distance);
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

/** Pillow's filters by its own names. */
const filters = {
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  bicubic: { support: 2, weight: cubic },
  lanczos: { support: 3, weight: (x) => (Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0) },
} as const satisfies Record<string, Filter>;
export type FilterName = keyof typeof filters;

/** Fixed-point weights of one output pixel: it sums inputs from `first` on. */
interface Taps {
  readonly first: number;
  readonly weights: Int32Array;
}

/** Pillow sums in integers: 8 bits of colour, two bits for overshoot, the rest for weights. */
const precision = 22;
const half = 1 << (precision - 1);

/**
 * Resizes as Pillow's Image.resize did when the published models were trained, bit for bit: the kernel widens when
 * shrinking, rows come first, and values are rounded to 8 bits between the passes.
 */
export function resize(image: RgbImage, width: number, height: number, filter: FilterName): RgbImage {
  const wide = width === image.width ? image : resizeRows(image, width, filters[filter]);
  return height === image.height ? wide : resizeColumns(wide, height, filters[filter]);
}

function resizeRows({ width: from, height, data }: RgbImage, width: number, filter: Filter): RgbImage {
  const taps = tapsOf(from, width, filter);
  const result = new Uint8Array(width * height * 3);
  let target = 0;
  for (let y = 0; y < height; y++) {
    for (const { first, weights } of taps) {
      const source = (y * from + first) * 3;
      for (let channel = 0; channel < 3; channel++) result[target++] = weighted(data, source + channel, 3, weights);
    }
  }
  return { width, height, data: result };
}

function resizeColumns({ width, height: from, data }: RgbImage, height: number, filter: Filter): RgbImage {
  const stride = width * 3;
  const result = new Uint8Array(stride * height);
  let target = 0;
  for (const { first, weights } of tapsOf(from, height, filter)) {
    for (let x = 0; x < stride; x++) result[target++] = weighted(data, first * stride + x, stride, weights);
  }
  return { width, height, data: result };
}

function weighted(data: Uint8Array, start: number, stride: number, weights: Int32Array): number {
  let sum = half;
  let source = start;
  for (const weight of weights) {
    sum += (data[source] ?? 0) * weight;
    source += stride;
  }
  return Math.min(255, Math.max(0, sum >> precision));
}

function tapsOf(from: number, to: number, { support, weight }: Filter): Taps[] {
  const scale = from / to;
  const stretch = Math.max(1, scale);
  const reach = support * stretch;
  return Array.from({ length: to }, (_, index) => {
    const center = (index + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - reach + 0.5));
    const end = Math.min(from, Math.trunc(center + reach + 0.5));
    const exact = Array.from({ length: end - first }, (__, tap) => weight((first + tap - center + 0.5) / stretch));
    const sum = exact.reduce((total, value) => total + value, 0);
    return { first, weights: Int32Array.from(exact, (value) => fixedPoint(value / sum)) };
  });
}

/** Rounds halves away from zero, as C does by truncating. */
function fixedPoint(value: number): number {
  return Math.trunc(value * (1 << precision) + (value < 0 ? -0.5 : 0.5));
}
