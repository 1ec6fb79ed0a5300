import type { LatentSize } from './latent-size.ts';

/** A piece of the latents, in latent pixels. All tiles of a plan have the same size, so that one graph decodes them. */
interface Tile extends LatentSize {
  readonly x: number;
  readonly y: number;
}

/** Latent pixels that neighbours share: the decoder's receptive field beyond its mid-block attention fades within it. */
const overlapPart = 0.5;

/** Covers the latents with tiles of one size that overlap their neighbours. */
export function planTiles(size: LatentSize, edge: number): Tile[] {
  const width = Math.min(edge, size.width);
  const height = Math.min(edge, size.height);
  return starts(size.height, height).flatMap((y) => starts(size.width, width).map((x) => ({ x, y, width, height })));
}

/** Evenly spread starts, the first at 0 and the last flush with the end. */
function starts(length: number, edge: number): number[] {
  if (edge >= length) return [0];
  const count = Math.ceil((length - edge) / Math.max(1, Math.floor(edge * (1 - overlapPart)))) + 1;
  return Array.from({ length: count }, (_, index) => Math.round((index * (length - edge)) / (count - 1)));
}

/** A map that is being put together: a running weighted mean of all tiles over each pixel. */
interface Mosaic {
  /** [channels, height, width] f32 */
  readonly picture: Float32Array;
  /** [height, width] f32: the weight that each pixel has collected */
  readonly weights: Float32Array;
  readonly size: LatentSize;
  /** Pixels of the map for one latent pixel. */
  readonly scale: number;
}

/**
 * Blends a tile in; its weight falls towards those edges that lie inside the picture, so that no seam shows.
 * @param planes [channels, tile.height·scale, tile.width·scale] f32
 */
export function blendTile({ picture, weights, size, scale }: Mosaic, tile: Tile, planes: Float32Array): void {
  const width = tile.width * scale;
  const height = tile.height * scale;
  const pictureWidth = size.width * scale;
  const pictureArea = pictureWidth * size.height * scale;
  const columns = ramp(width, tile.x > 0, tile.x + tile.width < size.width);
  const channels = picture.length / pictureArea;
  const rows = ramp(height, tile.y > 0, tile.y + tile.height < size.height);
  // By index: an iterator would make an array for every pixel.
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const target = (tile.y * scale + y) * pictureWidth + tile.x * scale + x;
      const weight = (rows[y] ?? 0) * (columns[x] ?? 0);
      const sum = (weights[target] ?? 0) + weight;
      weights[target] = sum;
      for (let channel = 0; channel < channels; channel++) {
        const at = channel * pictureArea + target;
        const before = picture[at] ?? 0;
        picture[at] = before + ((planes[channel * width * height + y * width + x] ?? 0) - before) * (weight / sum);
      }
    }
  }
}

/** 1 in the middle, falling smoothly over the overlap towards an inner edge. */
function ramp(length: number, fadeIn: boolean, fadeOut: boolean): Float32Array {
  const reach = length * overlapPart;
  const rise = (distance: number): number => 0.5 - 0.5 * Math.cos(Math.PI * Math.min(1, (distance + 0.5) / reach));
  return Float32Array.from({ length }, (_, index) => {
    const weight = (fadeIn ? rise(index) : 1) * (fadeOut ? rise(length - 1 - index) : 1);
    return Math.max(weight, 1e-4);
  });
}

/**
 * A tile cut out of a map.
 * @param planes [channels, size.height·scale, size.width·scale] f32
 * @returns [channels, tile.height·scale, tile.width·scale]
 */
export function cutTile(planes: Float32Array, size: LatentSize, tile: Tile, scale: number): Float32Array {
  const [width, height] = [tile.width * scale, tile.height * scale];
  const [fullWidth, fullHeight] = [size.width * scale, size.height * scale];
  const channels = planes.length / (fullWidth * fullHeight);
  const piece = new Float32Array(channels * width * height);
  for (let channel = 0; channel < channels; channel++) {
    for (let row = 0; row < height; row++) {
      const start = (channel * fullHeight + tile.y * scale + row) * fullWidth + tile.x * scale;
      piece.set(planes.subarray(start, start + width), (channel * height + row) * width);
    }
  }
  return piece;
}
