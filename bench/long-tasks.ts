/**
 * Long tasks of the window: what keeps it from answering for more than 50 ms, while a person types, pins, generates, and
 * opens a gallery of a thousand pictures. The miniature, on the built site in a real browser, out of Chromium's trace. A
 * machine that does other things too makes tasks long: the CPU time is the task's own, and the idle page is the baseline.
 *
 * npx tsx bench/long-tasks.ts [--steps 8] [--readable]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { chromium } from '@playwright/test';
import { build } from 'vite';

import { keepPictures } from '../e2e/support/kept-pictures.ts';
import { modelSettled, pinFiles, runEnd, wordButton } from '../e2e/support/page-driver.ts';
import { serve } from '../e2e/support/site.ts';
import { printTable } from '../e2e/support/table.ts';
import { findBrowser, softwareGpuFlags } from '../provision/browser.ts';
import { categories, tasksOfTrace, type Task } from './main-thread.ts';

const { values } = parseArgs({
  options: { steps: { type: 'string', default: '8' }, readable: { type: 'boolean', default: false } },
});
/** A task that is longer is felt, and counted by browsers as long; in milliseconds. */
const long = 50;
const pictures = 1_000;
const photo = 'public/models/picturebook/samples/dog-spotted.png';

const folder = await mkdtemp(join(tmpdir(), 'long-tasks-'));
// Names of functions are read in the table where they are asked for.
const output = values.readable ? { minify: false } : {};
await build({ logLevel: 'error', build: { outDir: folder, emptyOutDir: true, ...output } });
const site = await serve(folder);
const executablePath = findBrowser();
const browser = await chromium.launch({
  args: [...softwareGpuFlags],
  ...(executablePath === null ? {} : { executablePath }),
});
const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, serviceWorkers: 'block' });
const page = await context.newPage();
// A machine that does other things types slowly.
page.setDefaultTimeout(600_000);
const caption = page.getByRole('textbox', { name: 'Caption' });
const sheet = page.getByRole('dialog', { name: 'Your pictures' });

const actions: Readonly<Record<string, () => Promise<void>>> = {
  idle: () => page.waitForTimeout(4_000),
  typing: async () => {
    await caption.fill('');
    await caption.pressSequentially('a dog on the beach, in the snow, and a cat under a tree', { delay: 30 });
  },
  'opening a word': async () => {
    await wordButton(page, 1).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  },
  pinning: () => pinFiles(page, 1, [photo]),
  generating: async () => {
    await page.keyboard.press('Control+Enter');
    await runEnd(page, 600_000);
  },
  'loading a page with 1,000 pictures': async () => {
    await page.reload();
    await modelSettled(page, 600_000);
  },
  'opening the gallery of 1,000': async () => {
    await page.getByRole('button', { name: /^All pictures/ }).click();
    await sheet
      .getByRole('button', { name: /^Open / })
      .first()
      .waitFor();
    await page.waitForTimeout(500);
  },
  'scrolling in it': async () => {
    await page.mouse.move(700, 500);
    for (let turn = 0; turn < 20; turn++) await page.mouse.wheel(0, 600);
    await page.waitForTimeout(500);
  },
  'searching in it': async () => {
    await sheet.getByRole('searchbox').pressSequentially('zebra', { delay: 50 });
    await sheet.getByText('10 pictures').waitFor();
  },
  'selecting all': async () => {
    await sheet.getByRole('searchbox').fill('');
    await sheet.getByRole('button', { name: 'Select all' }).click();
    await sheet.getByText(`${pictures + 1} selected`).waitFor();
  },
  'a picture on the whole screen': async () => {
    await sheet.getByRole('button', { name: 'Select none' }).click();
    await sheet
      .getByRole('button', { name: /^Open / })
      .first()
      .click();
    for (let turn = 0; turn < 5; turn++) await page.keyboard.press('ArrowRight');
  },
};

async function traced(run: () => Promise<void>): Promise<readonly Task[]> {
  await browser.startTracing(page, { categories: [...categories] });
  await run();
  return tasksOfTrace((await browser.stopTracing()).toString());
}

await page.goto(`${site.url}?provider=wasm&steps=${values.steps}`);
await modelSettled(page, 600_000);
const rows: (readonly string[])[] = [];
for (const [name, run] of Object.entries(actions)) {
  if (name.startsWith('loading')) await keepPictures(page, pictures);
  const tasks = await traced(run);
  const longest = tasks.toSorted((a, b) => b.cpu - a.cpu)[0];
  const count = (key: 'wall' | 'cpu'): string => String(tasks.filter((task) => task[key] > long).length);
  const most = (key: 'wall' | 'cpu'): string => Math.max(0, ...tasks.map((task) => task[key])).toFixed(0);
  const row = [name, count('wall'), most('wall'), count('cpu'), most('cpu'), longest?.mostly ?? ''];
  rows.push(row);
  // What is known by now stays where the rest takes too long.
  console.error(row.join(' · '));
}
const [load = 0] = loadavg();
console.log(`Load at the end: ${load.toFixed(1)} on ${availableParallelism()} cores.`);
printTable(
  ['action', `over ${long} ms`, 'longest, ms', `over ${long} ms of CPU`, 'longest, ms of CPU', 'mostly'],
  rows,
);
await browser.close();
await site.close();
await rm(folder, { recursive: true, force: true });
process.exit(0);
