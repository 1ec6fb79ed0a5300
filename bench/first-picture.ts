/**
 * What a first visit costs: bytes until the first picture, and the time to it, on the built site in a real browser. Bytes
 * are those that the preview sends: the build compresses what gains by it.
 *
 * npx tsx bench/first-picture.ts [--steps 4]
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';

import { chromium } from '@playwright/test';

import { findBrowser, softwareGpuFlags } from '../provision/browser.ts';
import { modelSettled, runEnd, stage } from '../e2e/support/page-driver.ts';
import { serve } from '../e2e/support/site.ts';
import type { GenerateSummary } from '../workers/api.ts';
import { printTable } from '../e2e/support/table.ts';

const { values } = parseArgs({ options: { steps: { type: 'string' } } });
execFileSync('npx', ['vite', 'build', '--logLevel', 'error'], { stdio: 'inherit' });
const site = await serve('dist');
const executablePath = findBrowser();
const browser = await chromium.launch({
  args: [...softwareGpuFlags],
  ...(executablePath === null ? {} : { executablePath }),
});
const page = await browser.newPage();
const received: (readonly [string, number])[] = [];
page.on('response', (response) => {
  const bytes = Number(response.headers()['content-length'] ?? 0);
  const isBody = response.request().method() === 'GET' && response.ok() && response.url().startsWith('http');
  if (isBody) received.push([new URL(response.url()).pathname, bytes]);
});
const start = performance.now();
await page.goto(`${site.url}?steps=${values.steps ?? '4'}`);
await modelSettled(page, 600_000);
await page.getByRole('button', { name: 'Generate' }).click();
await stage(page)
  .getByText(/step \d/)
  .waitFor({ timeout: 600_000 });
const firstPreview = performance.now() - start;
const end = await runEnd(page, 600_000);
const total = performance.now() - start;
const summary = JSON.parse((await stage(page).getAttribute('data-summary')) ?? 'null') as GenerateSummary | null;

const groups = new Map<string, number>();
for (const [path, bytes] of received) {
  const group = path.includes('/models/') ? 'model' : path.endsWith('.wasm') ? 'ONNX Runtime' : 'site';
  groups.set(group, (groups.get(group) ?? 0) + bytes);
}
const mega = (bytes: number): string => (bytes / 1e6).toFixed(1);
const all = [...groups.values()].reduce((sum, bytes) => sum + bytes, 0);
console.log(
  `First visit, ${values.steps ?? '4'} steps, run ${end}, ${summary?.provider ?? ''} on ${summary?.adapter ?? ''}`,
);
printTable(
  ['sent before the first picture', 'MB'],
  [...[...groups].sort(), ['all', all] as const].map(([name, bytes]) => [name, mega(bytes)]),
);
printTable(
  ['time', 's'],
  [
    ['to the first preview, page load included', (firstPreview / 1000).toFixed(1)],
    ['to the picture', (total / 1000).toFixed(1)],
    ['a step', ((summary?.timings.perStep ?? 0) / 1000).toFixed(2)],
  ],
);
await browser.close();
await site.close();
process.exit(0);
