import { expect, it } from 'vitest';

import type { Pixels } from '../../api.ts';
import { plainRequest } from '../../testing/runs/reference-engine.ts';
import { loadFolderModel, planesOf, psnr } from '../../testing/runs/reference-runs.ts';
import { generatePictures } from './generate.ts';
import { releaseModel, type LoadedModel } from '../model/loaded-model.ts';
import { RunControl } from './run-control.ts';
import { planTiles } from '../modules/vae-tiles.ts';
import { picturebook } from '../../testing/reference/folder-files.ts';

/** Pixels of the picture book's pictures for one latent pixel. */
const scale = 16;
/** Latent pixels of an edge: tiles of 16 do not divide it. */
const latentEdge = 24;
const edge = latentEdge * scale;
const tile = 16;

async function picture(model: LoadedModel, vaeTile: number): Promise<Pixels> {
  model.memory.overrides = { vaeTile };
  const made: Pixels[] = [];
  const request = {
    ...plainRequest,
    caption: 'a dog on the beach',
    width: edge,
    height: edge,
    alpha: 0,
    guidanceScale: 1,
    steps: 2,
  };
  await generatePictures(model, request, new RunControl({ alpha: 0, guidanceScale: 1 }), (event) => {
    if (event.type === 'picture') made.push(event.picture.pixels);
  });
  const [pixels] = made;
  if (pixels === undefined) throw new RangeError('The run ended without a picture.');
  return pixels;
}

/** How much what tiling changed differs, on average, from one column to the next. */
function jump(change: Float32Array, column: number): number {
  let sum = 0;
  for (let at = column; at < change.length; at += edge) sum += Math.abs((change[at] ?? NaN) - (change[at - 1] ?? NaN));
  return sum / (change.length / edge);
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

it('a trained decoder gives the same picture in tiles as in one piece, and no seams where tiles end', async () => {
  const model = await loadFolderModel(picturebook, 'wasm');
  const [whole, tiled] = [planesOf(await picture(model, 0)), await picture(model, tile)];
  await releaseModel(model);
  expect(psnr(tiled, whole)).toBeGreaterThan(30);
  const change = planesOf(tiled).map((value, index) => value - (whole[index] ?? NaN));
  const ends = new Set(
    planTiles({ width: latentEdge, height: latentEdge }, tile).flatMap(({ x, width }) => [
      scale * x,
      scale * (x + width),
    ]),
  );
  const columns = Array.from({ length: edge - 1 }, (_, index) => index + 1);
  const [atEnds, elsewhere] = [true, false].map((isEnd) =>
    columns.filter((column) => ends.has(column) === isEnd).map((column) => jump(change, column)),
  );
  expect(mean(atEnds ?? [])).toBeLessThan(2 * mean(elsewhere ?? []));
});
