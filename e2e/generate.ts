/**
 * Makes a picture unattended: drives the real built site in a headless browser, as a person would.
 *
 * npm run generate -- --caption "a dog on the beach" --pin 1=dog.png --alpha 0.5 --guidance 7.5 --steps 25 --seed 7
 *   --out out.png [--model URL-or-folder] [--provider webgpu|wasm] [--negative …] [--width …] [--height …]
 *   [--scheduler …] [--eta …] [--positions pinned|all]
 *
 * Words count from 0; --pin may be given several times. Prints one JSON line. Exit codes: 0 done, 1 no picture, 2 wrong arguments.
 */
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

import { chromium, type Page } from '@playwright/test';

import { provideBrowser, softwareGpuFlags } from '../provision/browser.ts';
import { address, type Arguments, readArguments, WrongArguments } from './generate-arguments.ts';
import { modelSettled, pinFiles, runEnd, stage } from './page-driver.ts';
import { pageFailure } from './page-failure.ts';
import { buildAndServe, serve } from './site.ts';

async function makePicture(page: Page, values: Arguments): Promise<Record<string, unknown>> {
  const start = performance.now();
  const { timeout } = values;
  await modelSettled(page, timeout);
  for (const [word, files] of values.pins) await pinFiles(page, word, files);
  await page.getByRole('button', { name: /^Generate/ }).click();
  const end = await runEnd(page, timeout);
  if (end !== 'done')
    throw new Error((await page.getByRole('alert').allInnerTexts()).join(' ') || `The run ended as ${end}.`);
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download' }).click();
  await (await download).saveAs(values.out);
  const summary: unknown = JSON.parse((await stage(page).getAttribute('data-summary')) ?? '{}');
  return {
    out: values.out,
    milliseconds: Math.round(performance.now() - start),
    ...(summary as object),
    memory: await peakMemory(page),
  };
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
  const values = readArguments(process.argv.slice(2));
  await mkdir(dirname(values.out), { recursive: true });
  const executablePath = provideBrowser((line) => {
    console.error(line);
  });
  const site = await buildAndServe();
  const folder = values.model !== undefined && existsSync(values.model) ? await serve(values.model) : null;
  const browser = await chromium.launch({
    args: [...softwareGpuFlags],
    ...(executablePath === null ? {} : { executablePath }),
  });
  try {
    const page = await browser.newPage();
    const failure = pageFailure(page);
    await page.goto(address(site.url, values, folder?.url ?? values.model ?? null));
    console.log(JSON.stringify(await Promise.race([makePicture(page, values), failure])));
    for (const problem of await page.getByRole('region', { name: 'Messages' }).getByRole('listitem').allInnerTexts())
      console.error(problem);
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
    process.exit(error instanceof WrongArguments ? 2 : 1);
  },
);
