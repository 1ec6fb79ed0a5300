/**
 * Pictures of the picture book for its judge, by the product's own engine in Node: what each way of taking fewer
 * evaluations costs, and how far its pictures are from those of the paper's way; or, with a tiny autoencoder for the
 * picture book's latents, what decoding by it saves and changes; or, with an IP-Adapter, what its look costs, and by what
 * it is bound. What the judge says of them, and how far two subjects mix, is printed by training.evaluation.product,
 * which also wrote the pairs.
 *
 * npx tsx bench/judged.ts --pairs folder [--tiny runs/tiny-decoder/ema] [--look ip_adapter.safetensors]
 *   [--methods paper,light] [--sets one,two] [--steps 25] [--alpha 0.5] [--guidance 3]
 */
import { open, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';

import { z } from 'zod';

import { printTable } from '../e2e/support/table.ts';
import { settingTable, type GenerateRequest, type PictureArea, type Pixels } from '../workers/api.ts';
import { generatePictures } from '../workers/pipeline/run/generate.ts';
import { RunControl } from '../workers/pipeline/run/run-control.ts';
import type { LookChoice } from '../workers/pipeline/loading/find-look.ts';
import type { LoadedModel } from '../workers/pipeline/model/loaded-model.ts';
import { picturebook } from '../workers/testing/reference/folder-files.ts';
import { numberedPicture, pinOn, plainRequest } from '../workers/testing/runs/reference-engine.ts';
import { loadFolderModel, planesOf, psnr } from '../workers/testing/runs/reference-runs.ts';
import { median } from './rounds.ts';
import { printDecoding, withTinyDecoder } from './tiny-decoding.ts';

interface Method extends Partial<
  Pick<GenerateRequest, 'guidanceOverTime' | 'reuseInterval' | 'autoencoder' | 'pinVoices' | 'boundToWord'>
> {
  /** Whether each of two subjects may be in its half alone, as the training package has it. */
  readonly isPlaced?: boolean;
}

/** The first is what the others are compared with. */
const fewer: Readonly<Record<string, Method>> = {
  paper: {},
  'layout-first': { guidanceOverTime: 'layout-first' },
  light: { guidanceOverTime: 'light' },
  'reuse-2': { reuseInterval: 2 },
  'reuse-3': { reuseInterval: 3 },
  'reuse-3-light': { guidanceOverTime: 'light', reuseInterval: 3 },
};

/** With a tiny autoencoder, as above. */
const tinies: Readonly<Record<string, Method>> = { paper: {}, tiny: { autoencoder: 'tiny' } };

/** With an adapter, as above. */
const looks: Readonly<Record<string, Method>> = {
  word: { pinVoices: 'word' },
  'word-and-look': { boundToWord: false },
  'bound-to-word': { boundToWord: true },
  'bound-to-place': { boundToWord: false, isPlaced: true },
};

const { values } = parseArgs({
  options: {
    pairs: { type: 'string' },
    tiny: { type: 'string' },
    look: { type: 'string' },
    methods: { type: 'string' },
    sets: { type: 'string' },
    steps: { type: 'string', default: '25' },
    alpha: { type: 'string', default: '0.5' },
    guidance: { type: 'string', default: '3' },
  },
});
if (values.pairs === undefined)
  throw new RangeError('--pairs names the folder that training.evaluation.product wrote.');
const folder = values.pairs;
const added = { ...(values.tiny === undefined ? {} : tinies), ...(values.look === undefined ? {} : looks) };
const methods = { ...fewer, ...added };
const names = values.methods?.split(',') ?? Object.keys(Object.keys(added).length === 0 ? fewer : added);
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

/** The half of the picture that is a subject's, from the left. */
function halfOf(index: number, count: number): PictureArea | null {
  return count === 1 ? null : { x: index / count, y: 0, width: 1 / count, height: 1 };
}

async function makePicture(model: LoadedModel, pair: Pair, { isPlaced = false, ...method }: Method): Promise<Pixels> {
  const made: Pixels[] = [];
  const request: GenerateRequest = {
    ...plainRequest,
    ...method,
    // As the page begins.
    subjectPositions: settingTable.subjectPositions.default,
    caption: pair.caption,
    pins: pair.pins.map(({ word, crop }, index) => ({
      ...pinOn(word, [{ kind: 'picture', image: numberedPicture(crop), hash: `${crop}`, region: null }]),
      area: isPlaced ? halfOf(index, pair.pins.length) : null,
    })),
    width: 256,
    height: 256,
    steps,
    alpha,
    guidanceScale,
    seed: pair.seed,
  };
  const strengths = { look: request.pins.map(({ look }) => look.strength), detail: request.pins.map(() => 0) };
  await generatePictures(model, request, new RunControl({ alpha, guidanceScale }, strengths), (event) => {
    if (event.type === 'picture') made.push(event.picture.pixels);
  });
  const [picture] = made;
  if (picture === undefined) throw new RangeError('The run ended without a picture.');
  return picture;
}

const { pairs: all, cropSize } = pairsSchema.parse(JSON.parse(await readFile(join(folder, 'pairs.json'), 'utf8')));
const sets = values.sets?.split(',') ?? [...new Set(all.map(({ set }) => set))];
const pairs = all.filter(({ set }) => sets.includes(set));
const chosen = names.map((name) => {
  const method = methods[name];
  if (method === undefined) throw new RangeError(`There is no method "${name}".`);
  return { name, method };
});
const loaded = await loadFolderModel(picturebook, 'wasm', {
  pictures: readCrops(await readFile(join(folder, 'crops.bin')), cropSize),
  ...(values.look === undefined ? {} : { look: await lookIn(values.look) }),
});
const model = values.tiny === undefined ? loaded : await withTinyDecoder(loaded, values.tiny);

/** An adapter that reads pictures with the miniature's own image encoder. */
async function lookIn(path: string): Promise<LookChoice> {
  return { adapter: new File([await readFile(path)], basename(path)), encoder: { kind: 'checkpoint' } };
}

const cpu = new Map<string, number[]>(chosen.map(({ name }) => [name, []]));
const decibels = new Map<string, number[]>(chosen.map(({ name }) => [name, []]));
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
const about = { methods: chosen.map(({ name }) => name), sets, steps, alpha, guidanceScale };
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
await printDecoding(model, median(base));
process.exit(0);
