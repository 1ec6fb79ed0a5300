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

test('an IP-Adapter, its strength, what it takes over and a region each change the picture', async () => {
  test.setTimeout(longEnough);
  const looks = 'workers/reference/data/look';
  const base = { caption: 'a dog and a cat', pin: [`1=${dog}`, `4=${cat}`] };
  const look = { ...base, look: join(looks, 'plus.safetensors'), 'look-image-encoder': looks };
  const { code, stdout, stderr, files } = await runJobs(
    [
      base,
      look,
      { ...look, strength: ['1=0.5', '4=0.5'] },
      { ...look, 'take-over': '1=style' },
      { ...look, region: ['1=0,0,0.5,1', '4=0.5,0,0.5,1'] },
      { ...look, strength: ['1=0', '4=0'] },
      look,
    ],
    ['--model', tiny, '--provider', 'wasm', '--steps', '2', '--seed', '7', '--alpha', '1'],
  );
  expect(code, stdout + stderr).toBe(0);
  const [without, whole, half, style, placed, none, again] = await Promise.all(files.map(pixels));
  for (const [index, one] of [whole, half, style, placed].entries())
    for (const other of [whole, half, style, placed, without].slice(index + 1)) expect(one).not.toEqual(other);
  expect(none).toEqual(without);
  expect(again, 'after other jobs in the same page').toEqual(whole);
  expect(await parameters(files[2] ?? '')).toMatch(/Looks: "?1=0\.5 subject; 4=0\.5 subject/);
  expect(await parameters(files[4] ?? '')).toMatch(/Regions: "1=0,0,0\.5,1; 4=0\.5,0,0\.5,1"/);
  const pages = stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { readonly page: number }).page);
  expect(pages).toEqual([1, 2, 2, 2, 2, 2, 2]);
});

test('a picture is started from, all of it or what a mask marks; a mask of nothing or all ends its line alone', async () => {
  test.setTimeout(longEnough);
  const folder = await mkdtemp(join(tmpdir(), 'masks-'));
  const mask = async (name: string, ...[width, height, level]: Parameters<typeof grey>): Promise<string> => {
    await writeFile(join(folder, name), grey(width, height, level));
    return join(folder, name);
  };
  const right = await mask('right.png', 96, 64, (x) => (x < 48 ? 0 : 255));
  const start = { caption: 'a car', start: 'public/models/picturebook/samples/car-spotted.png' };
  const marked = { ...start, mask: right };
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
    ['--model', tiny, '--provider', 'wasm', '--steps', '4', '--seed', '7'],
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

test('several jobs of the picture book share a page: pins cut out and not, a start, and nothing of one in the next', async () => {
  test.setTimeout(longEnough);
  const pinned = { caption: 'a dog on the beach', pin: `1=${dog}` };
  const { code, stdout, stderr, files } = await runJobs(
    [{ ...pinned, 'cut-out': 1 }, pinned, { caption: 'a dog on the beach' }, { ...pinned, 'cut-out': 1 }],
    ['--provider', 'wasm', '--steps', '1', '--seed', '5', '--alpha', '1'],
  );
  expect(code, stdout + stderr).toBe(0);
  const [cut, whole, free, again] = await Promise.all(files.map(pixels));
  expect(cut).not.toEqual(whole);
  expect(whole).not.toEqual(free);
  expect(again).toEqual(cut);
  expect(
    stdout
      .trim()
      .split('\n')
      .every((line) => (JSON.parse(line) as { readonly page: number }).page === 1),
  ).toBe(true);
});
