/**
 * Makes a picture unattended: drives the real built site in a headless browser, as a person would.
 *
 * npm run generate -- --caption "a dog on the beach" --pin 1=dog.png --alpha 0.5 --guidance 7.5 --steps 25 --seed 7
 *   --out out.png [--model URL-or-folder] [--provider webgpu|wasm] [--negative …] [--width …] [--height …]
 *   [--scheduler …] [--eta …] [--positions pinned|all]
 *
 * Words count from 0; --pin may be given several times. Prints one JSON line.
 */
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { chromium, type Page } from '@playwright/test';

import { provideBrowser, softwareGpuFlags } from './browser.ts';
import { modelSettled, pinFiles, runEnd, stage } from './page-driver.ts';
import { serve } from './site.ts';

const text = { type: 'string' } as const;
const options = {
  caption: text,
  pin: { type: 'string', multiple: true },
  alpha: text,
  guidance: text,
  steps: text,
  seed: text,
  negative: text,
  width: text,
  height: text,
  scheduler: text,
  eta: text,
  positions: text,
  provider: text,
  model: text,
  out: text,
  timeout: text,
} as const;

/** Options that the page takes from its address. */
const addressed = ['caption', 'alpha', 'guidance', 'steps', 'seed', 'negative', 'width', 'height', 'scheduler', 'eta', 'positions', 'provider'] as const;

type Values = ReturnType<typeof read>;

function read() {
  const { values } = parseArgs({ options });
  if (values.caption === undefined || values.out === undefined) throw new Error('--caption and --out are needed.');
  return { ...values, caption: values.caption, out: values.out, pins: pinsOf(values.pin ?? []) };
}

/** "1=dog.png" → word 1; the files of each word. */
function pinsOf(pins: readonly string[]): ReadonlyMap<number, readonly string[]> {
  const files = new Map<number, string[]>();
  for (const pin of pins) {
    const [, word, file] = /^(\d+)=(.+)$/s.exec(pin) ?? [];
    if (word === undefined || file === undefined) throw new Error(`--pin ${pin} is not WORD=FILE, as in --pin 1=dog.png.`);
    if (!existsSync(file)) throw new Error(`--pin ${pin}: there is no file ${file}.`);
    files.set(Number(word), [...(files.get(Number(word)) ?? []), file]);
  }
  return files;
}

function address(site: string, values: Values, model: string | null): string {
  const url = new URL(site);
  for (const name of addressed) {
    const value = values[name];
    if (value !== undefined) url.searchParams.set(name, value);
  }
  if (model !== null) url.searchParams.set('model', model);
  return url.href;
}

async function makePicture(page: Page, values: Values, timeout: number): Promise<Record<string, unknown>> {
  const start = performance.now();
  await modelSettled(page, timeout);
  for (const [word, files] of values.pins) await pinFiles(page, word, files);
  await page.getByRole('button', { name: /^Generate/ }).click();
  const end = await runEnd(page, timeout);
  if (end !== 'done') throw new Error((await page.getByRole('alert').allInnerTexts()).join(' ') || `The run ended as ${end}.`);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download' }).click();
  await (await download).saveAs(values.out);
  const summary: unknown = JSON.parse((await stage(page).getAttribute('data-summary')) ?? '{}');
  return { out: values.out, milliseconds: Math.round(performance.now() - start), ...(summary as object), memory: await peakMemory(page) };
}

/** Bytes that page and worker hold, where the browser tells; GPU memory is not told by any. */
function peakMemory(page: Page): Promise<number | null> {
  return page.evaluate(async () => {
    const measure: unknown = Reflect.get(performance, 'measureUserAgentSpecificMemory');
    if (typeof measure !== 'function') return null;
    const { bytes } = (await Reflect.apply(measure, performance, [])) as { bytes: number };
    return bytes;
  });
}

async function main(): Promise<void> {
  const values = read();
  const executablePath = provideBrowser((line) => { console.error(line); });
  const site = await serve('dist');
  const folder = values.model !== undefined && existsSync(values.model) ? await serve(values.model) : null;
  const browser = await chromium.launch({ args: [...softwareGpuFlags], ...(executablePath === null ? {} : { executablePath }) });
  try {
    const page = await browser.newPage();
    await page.goto(address(site.url, values, folder?.url ?? values.model ?? null));
    const problems = page.locator('[data-sonner-toast]');
    console.log(JSON.stringify(await makePicture(page, values, 1000 * Number(values.timeout ?? 3600))));
    for (const problem of await problems.allInnerTexts()) console.error(problem);
  } finally {
    await browser.close();
    await folder?.close();
    await site.close();
  }
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
