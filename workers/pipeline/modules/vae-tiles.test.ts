import { describe, expect, it } from 'vitest';

import { blendTile, planTiles } from './vae-tiles.ts';

const scale = 2;

/** A picture that is known everywhere; a tile shows its part of it. */
function paint(x: number, y: number, channel: number): number {
  return Math.sin(x / 7) + Math.cos(y / 5) + channel;
}

function mosaicOf(size: { width: number; height: number }, edge: number): Float32Array {
  const area = size.width * size.height * scale * scale;
  const mosaic = { picture: new Float32Array(3 * area), weights: new Float32Array(area), size, scale };
  for (const tile of planTiles(size, edge)) {
    const width = tile.width * scale;
    const planes = Float32Array.from({ length: 3 * width * tile.height * scale }, (_, index) => {
      const channel = Math.floor(index / (width * tile.height * scale));
      const inside = index % (width * tile.height * scale);
      return paint(tile.x * scale + (inside % width), tile.y * scale + Math.floor(inside / width), channel);
    });
    blendTile(mosaic, tile, planes);
  }
  return mosaic.picture;
}

describe('VAE tiles', () => {
  it.each([
    [{ width: 20, height: 13 }, 8],
    [{ width: 64, height: 64 }, 32],
    [{ width: 9, height: 40 }, 16],
  ])('cover %o with tiles of one size', (size, edge) => {
    const tiles = planTiles(size, edge);
    const covered = new Set<number>();
    for (const tile of tiles) {
      expect([tile.width, tile.height]).toEqual([Math.min(edge, size.width), Math.min(edge, size.height)]);
      for (let y = tile.y; y < tile.y + tile.height; y++)
        for (let x = tile.x; x < tile.x + tile.width; x++) covered.add(y * size.width + x);
    }
    expect(covered.size).toBe(size.width * size.height);
    expect(Math.max(...covered)).toBe(size.width * size.height - 1);
  });

  it('that agree where they overlap give the picture itself', () => {
    const size = { width: 20, height: 13 };
    const picture = mosaicOf(size, 8);
    const worst = picture.reduce((most, value, index) => {
      const area = size.width * size.height * scale * scale;
      const inside = index % area;
      const expected = paint(
        inside % (size.width * scale),
        Math.floor(inside / (size.width * scale)),
        Math.floor(index / area),
      );
      return Math.max(most, Math.abs(value - expected));
    }, 0);
    expect(worst).toBeLessThan(1e-5);
  });
});
