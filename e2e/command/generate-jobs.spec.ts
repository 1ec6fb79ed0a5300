import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from '@playwright/test';

import { grey } from '../support/grey-picture.ts';
import { longEnough, parameters, pixels, run, type Outcome } from './run-generate.ts';

const samples = 'public/models/picturebook/samples';
const dog = `${samples}/dog-spotted.png`;
const cat = `${samples}/cat-striped.png`;
const tiny = 'workers/reference/data/sd15';

/** Runs lines of jobs in a folder of their own. @returns what the command said, and where each line's picture is */
async function runJobs(
  lines: readonly Readonly<Record<string, unknown>>[],
  shared: readonly string[],
): Promise<Outcome & { readonly files: readonly string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'jobs-'));
  const files = lines.map((_, index) => join(folder, `${index}.png`));
  const texts = lines.map((line, index) => JSON.stringify({ ...line, out: files[index] }));
  await writeFile(join(folder, 'jobs.jsonl'), texts.join('\n'));
  return { ...(await run('--jobs', join(folder, 'jobs.jsonl'), ...shared)), files };
}

/** Marks the right half. @returns its path */
async function rightHalf(): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), 'masks-')), 'right.png');
  await writeFile(
    path,
    grey(96, 64, (x) => (x < 48 ? 0 : 255)),
  );
  return path;
}

const pagesOf = (stdout: string): readonly number[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { readonly page: number }).page);

/** Of all pictures, the hex of their pixels. */
const hashed = (files: readonly string[]): Promise<readonly string[]> =>
  Promise.all(files.map(async (file) => Buffer.from(await pixels(file)).toString('hex')));

test('an IP-Adapter, its strength, what it takes over, a region, fine detail, a start and its mask each change the picture, and go with a LoRA and an embedding', async ({
  baseURL,
}) => {
  test.setTimeout(longEnough);
  const data = 'workers/reference/data';
  const base = { caption: 'a dog and a cat', pin: [`1=${dog}`, `4=${cat}`] };
  const look = { ...base, look: join(data, 'look/plus.safetensors'), 'look-image-encoder': join(data, 'look') };
  const region = ['1=0,0,0.5,1', '4=0.5,0,0.5,1'];
  const detail = ['1', '4=0.5'];
  const start = { start: cat, mask: await rightHalf() };
  const everything = {
    ...look,
    ...start,
    caption: 'a dog and a cat in toy-style',
    ...{ region, detail, strength: ['1=0.5', '4=1'], 'take-over': '4=style' },
    lora: `${join(data, 'addons/lora.safetensors')}:0.5`,
    embedding: join(data, 'pictures/embeddings/sd15/a1111.pt'),
  };
  const { code, stdout, stderr, files } = await runJobs(
    [
      base,
      look,
      { ...look, strength: ['1=0.5', '4=0.5'] },
      { ...look, 'take-over': '1=style' },
      { ...look, region },
      { ...look, region, ...start },
      { ...look, region, ...start, detail },
      { ...look, strength: ['1=0', '4=0'] },
      look,
      everything,
    ],
    ['--site', baseURL ?? '', '--model', tiny, '--provider', 'wasm', '--steps', '2', '--seed', '7', '--alpha', '1'],
  );
  expect(code, stdout + stderr).toBe(0);
  const [without, whole, half, style, placed, started, detailed, none, again, all] = await hashed(files);
  expect(new Set([without, whole, half, style, placed, started, detailed, all]).size).toBe(8);
  expect(none).toBe(without);
  expect(again, 'after other jobs in the same page').toBe(whole);
  expect(await parameters(files[2] ?? '')).toMatch(/Looks: "?1=0\.5 subject; 4=0\.5 subject/);
  expect(await parameters(files[4] ?? '')).toMatch(/Regions: "1=0,0,0\.5,1; 4=0\.5,0,0\.5,1"/);
  expect(await parameters(files[6] ?? '')).toMatch(/Fine detail: "?1=1; 4=0\.5/);
  const told = await parameters(files[9] ?? '');
  for (const words of ['Looks: 1=0.5 subject; 4=1 style', 'Fine detail: 1=1; 4=0.5', 'toy-style (', '(marked part)'])
    expect(told).toContain(words);
  expect(pagesOf(stdout)).toEqual([1, 2, 2, 2, 2, 2, 2, 2, 2, 3]);
});

test('a picture is started from, all of it or what a mask marks; a mask of nothing or all ends its line alone', async ({
  baseURL,
}) => {
  test.setTimeout(longEnough);
  const folder = await mkdtemp(join(tmpdir(), 'masks-'));
  const mask = async (name: string, ...[width, height, level]: Parameters<typeof grey>): Promise<string> => {
    await writeFile(join(folder, name), grey(width, height, level));
    return join(folder, name);
  };
  const start = { caption: 'a car', start: 'public/models/picturebook/samples/car-spotted.png' };
  const marked = { ...start, mask: await rightHalf() };
  const { code, stdout, stderr, files } = await runJobs(
    [
      start,
      { ...start, 'denoising-strength': 0.5 },
      marked,
      { ...marked, seed: 8 },
      { ...start, mask: await mask('none.png', 20, 20, () => 0) },
      { ...start, mask: await mask('all.png', 20, 20, () => 255) },
      marked,
      { caption: 'a car' },
    ],
    ['--site', baseURL ?? '', '--model', tiny, '--provider', 'wasm', '--steps', '4', '--seed', '7'],
  );
  const results = stdout
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  expect(results, stderr).toMatchObject([
    { pictures: 1, page: 1 },
    { pictures: 1 },
    { pictures: 1 },
    { pictures: 1 },
    { line: 5, error: expect.stringContaining('none.png: This mask marks nothing') },
    { line: 6, error: expect.stringContaining('all.png: This mask marks the whole picture') },
    { pictures: 1, page: 1 },
    { pictures: 1, page: 1 },
  ]);
  expect(code).toBe(1);
  expect(stderr).toContain('The mask has 96 × 64 pixels');
  const [all, less, first, second, again, free] = await Promise.all(
    files.filter((_, index) => index !== 4 && index !== 5).map(pixels),
  );
  const different = [all, less, first, second, free];
  for (const [index, one] of different.entries())
    for (const other of different.slice(index + 1)) expect(one).not.toEqual(other);
  expect(again).toEqual(first);
  // Far enough from the edge, which the mask's resizing softens.
  expect(columns(first, 0, 24)).toEqual(columns(second, 0, 24));
  expect(columns(first, 40, 64)).not.toEqual(columns(second, 40, 64));
  expect(await parameters(files[2] ?? '')).toContain('Started from: car-spotted.png (marked part)');
});

/** Of a picture of 64 columns. */
function columns(rgba: Uint8Array | undefined, from: number, to: number): readonly number[] {
  return [...(rgba ?? [])].filter((_, index) => {
    const x = Math.floor(index / 4) % 64;
    return x >= from && x < to;
  });
}

test('several jobs of the picture book share a page: pins cut out and not, a start, all at once, and nothing of one in the next', async ({
  baseURL,
}) => {
  test.setTimeout(longEnough);
  const pinned = { caption: 'a dog on the beach', pin: `1=${dog}` };
  const cutOut = { ...pinned, 'cut-out': 1 };
  const mask = await rightHalf();
  const { code, stdout, stderr, files } = await runJobs(
    [
      cutOut,
      pinned,
      { caption: 'a dog on the beach' },
      { ...cutOut, detail: '1=0.5', region: '1=0,0,0.6,1', start: cat, mask, 'denoising-strength': 1 },
      cutOut,
    ],
    ['--site', baseURL ?? '', '--provider', 'wasm', '--steps', '1', '--seed', '5', '--alpha', '1'],
  );
  expect(code, stdout + stderr).toBe(0);
  const [cut, whole, free, all, again] = await hashed(files);
  expect(new Set([cut, whole, free, all]).size).toBe(4);
  expect(again).toBe(cut);
  const told = await parameters(files[3] ?? '');
  for (const words of ['Fine detail: 1=0.5', 'Regions: "1=0,0,0.6,1"', 'Started from: cat-striped.png (marked part)'])
    expect(told).toContain(words);
  expect(pagesOf(stdout)).toEqual([1, 1, 1, 1, 1]);
});
