/**
 * Pictures of the picture book for its judge, by the product's own engine in Node: what each way of taking fewer
 * evaluations costs, and how far its pictures are from those of the paper's way. What the judge says of them is printed
 * by training.evaluation.product, which also wrote the pairs.
 *
 * npx tsx bench/judged.ts --pairs folder [--methods paper,light] [--steps 25] [--alpha 0.5] [--guidance 3]
 */
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { z } from 'zod';

import { printTable } from '../e2e/table.ts';
import { settingTable, type GenerateRequest, type Pixels } from '../workers/api.ts';
import { generatePictures } from '../workers/pipeline/run/generate.ts';
import { RunControl } from '../workers/pipeline/run/run-control.ts';
import type { LoadedModel } from '../workers/pipeline/model/loaded-model.ts';
import { picturebook } from '../workers/testing/folder-files.ts';
import { numberedPicture, pinOn, plainRequest } from '../workers/testing/reference-engine.ts';
import { loadFolderModel, planesOf, psnr } from '../workers/testing/reference-runs.ts';
import { median } from './rounds.ts';

type Method = Pick<GenerateRequest, 'guidanceOverTime' | 'reuseInterval'>;

/** The first is what the others are compared with. */
const methods: Readonly<Record<string, Method>> = {
  paper: { guidanceOverTime: 'paper', reuseInterval: 1 },
  'layout-first': { guidanceOverTime: 'layout-first', reuseInterval: 1 },
  light: { guidanceOverTime: 'light', reuseInterval: 1 },
  'reuse-2': { guidanceOverTime: 'paper', reuseInterval: 2 },
  'reuse-3': { guidanceOverTime: 'paper', reuseInterval: 3 },
  'reuse-3-light': { guidanceOverTime: 'light', reuseInterval: 3 },
};

const { values } = parseArgs({
  options: {
    pairs: { type: 'string' },
    methods: { type: 'string', default: Object.keys(methods).join(',') },
    steps: { type: 'string', default: '25' },
    alpha: { type: 'string', default: '0.5' },
    guidance: { type: 'string', default: '3' },
  },
});
if (values.pairs === undefined)
  throw new RangeError('--pairs names the folder that training.evaluation.product wrote.');
const folder = values.pairs;
const [steps, alpha, guidanceScale] = [Number(values.steps), Number(values.alpha), Number(values.guidance)];

const pairsSchema = z.object({
  cropSize: z.int(),
  pairs: z.array(
    z.object({
      set: z.string(),
      caption: z.string(),
      pins: z.array(z.object({ word: z.int(), crop: z.int() })),
      seed: z.int(),
    }),
  ),
});
type Pair = z.output<typeof pairsSchema>['pairs'][number];

/** [n, s, s, 3] → n pictures. */
function readCrops(bytes: Uint8Array, size: number): Pixels[] {
  const length = size * size * 3;
  return Array.from({ length: bytes.length / length }, (_, index) => ({
    width: size,
    height: size,
    data: withAlpha(bytes.subarray(index * length, (index + 1) * length)),
  }));
}

function withAlpha(rgb: Uint8Array): Uint8ClampedArray<ArrayBuffer> {
  return Uint8ClampedArray.from({ length: (rgb.length / 3) * 4 }, (_, index) =>
    index % 4 === 3 ? 255 : (rgb[Math.floor(index / 4) * 3 + (index % 4)] ?? 0),
  );
}

function withoutAlpha({ data }: Pixels): Uint8Array {
  return Uint8Array.from(
    { length: (data.length / 4) * 3 },
    (_, index) => data[Math.floor(index / 3) * 4 + (index % 3)] ?? 0,
  );
}

async function makePicture(model: LoadedModel, pair: Pair, method: Method): Promise<Pixels> {
  const made: Pixels[] = [];
  const request: GenerateRequest = {
    ...plainRequest,
    ...method,
    // As the page begins.
    subjectPositions: settingTable.subjectPositions.default,
    caption: pair.caption,
    pins: pair.pins.map(({ word, crop }) =>
      pinOn(word, [{ kind: 'picture', image: numberedPicture(crop), hash: `${crop}`, region: null }]),
    ),
    width: 256,
    height: 256,
    steps,
    alpha,
    guidanceScale,
    seed: pair.seed,
  };
  await generatePictures(model, request, new RunControl({ alpha, guidanceScale }), (event) => {
    if (event.type === 'picture') made.push(event.picture.pixels);
  });
  const [picture] = made;
  if (picture === undefined) throw new RangeError('The run ended without a picture.');
  return picture;
}

const { pairs, cropSize } = pairsSchema.parse(JSON.parse(await readFile(join(folder, 'pairs.json'), 'utf8')));
const chosen = values.methods.split(',').map((name) => {
  const method = methods[name];
  if (method === undefined) throw new RangeError(`There is no method "${name}".`);
  return { name, method };
});
const model = await loadFolderModel(picturebook, 'wasm', {
  pictures: readCrops(await readFile(join(folder, 'crops.bin')), cropSize),
});

const cpu = new Map<string, number[]>(chosen.map(({ name }) => [name, []]));
const decibels = new Map<string, number[]>(chosen.map(({ name }) => [name, []]));
const sets = [...new Set(pairs.map(({ set }) => set))];
const files = new Map(
  await Promise.all(
    chosen.flatMap(({ name }) =>
      sets.map(async (set) => [`${name}-${set}`, await open(join(folder, `${name}-${set}.bin`), 'w')] as const),
    ),
  ),
);
// All methods of a pair in turn: what else the machine does falls on all of them alike.
for (const [index, pair] of pairs.entries()) {
  let first: Float32Array | null = null;
  for (const { name, method } of chosen) {
    const before = process.cpuUsage();
    const picture = await makePicture(model, pair, method);
    const { user, system } = process.cpuUsage(before);
    cpu.get(name)?.push((user + system) / 1000);
    first ??= planesOf(picture);
    decibels.get(name)?.push(psnr(picture, first));
    await files.get(`${name}-${pair.set}`)?.write(withoutAlpha(picture));
  }
  if ((index + 1) % 10 === 0) console.error(`${index + 1} of ${pairs.length} pairs`);
}
await Promise.all([...files.values()].map((file) => file.close()));
const about = { methods: chosen.map(({ name }) => name), steps, alpha, guidanceScale };
await writeFile(join(folder, 'pictures.json'), JSON.stringify(about));

const base = cpu.get(chosen[0]?.name ?? '') ?? [];
printTable(
  ['method', 'CPU time a picture', 'dB'],
  chosen.map(({ name }) => [
    name,
    median((cpu.get(name) ?? []).map((value, pair) => value / (base[pair] ?? NaN))).toFixed(2),
    median(decibels.get(name) ?? []).toFixed(1),
  ]),
);
process.exit(0);
