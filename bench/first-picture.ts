/**
 * What a first visit costs: bytes until the first picture, and where the time to it goes, on the built site in a real
 * browser. Bytes are those that the preview sends: the build compresses what gains by it.
 *
 * npx tsx bench/first-picture.ts [--steps 4]
 */
import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';

import { chromium, type Request } from '@playwright/test';

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
/** When the last byte of each kind came, in ms from the start. */
const lastByte = new Map<string, number>();
page.on('response', (response) => {
  const bytes = Number(response.headers()['content-length'] ?? 0);
  const isBody = response.request().method() === 'GET' && response.ok() && response.url().startsWith('http');
  if (isBody) received.push([new URL(response.url()).pathname, bytes]);
});
const start = performance.now();
const sinceStart = (): number => performance.now() - start;
const ended = (request: Request): void => {
  lastByte.set(/\.\w+$/.exec(new URL(request.url()).pathname)?.[0] ?? '', sinceStart());
};
page.on('requestfinished', ended);
page.on('requestfailed', ended);
await page.goto(`${site.url}?steps=${values.steps ?? '4'}`);
const loaded = sinceStart();
await modelSettled(page, 600_000);
const ready = sinceStart();
// What is asked for from here on belongs to the picture, not to the load.
page.off('requestfinished', ended);
page.off('requestfailed', ended);
await page.getByRole('button', { name: 'Generate' }).click();
const pressed = sinceStart();
await stage(page)
  .getByText(/step \d/)
  .waitFor({ timeout: 600_000 });
const firstPreview = sinceStart();
const end = await runEnd(page, 600_000);
const total = sinceStart();
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
const seconds = (ms: number | undefined): string => ((ms ?? 0) / 1000).toFixed(2);
const timings = summary?.timings;
printTable(
  ['from the first request until', 's'],
  [
    ['the page is loaded', seconds(loaded)],
    ['ONNX Runtime has come', seconds(lastByte.get('.wasm'))],
    ['the weights have come', seconds(lastByte.get('.safetensors'))],
    ['all sessions are open, and Generate is pressed', seconds(pressed)],
    ['the first preview is shown', seconds(firstPreview)],
    ['the picture is shown', seconds(total)],
  ],
);
printTable(
  ['of it', 's'],
  [
    ['opening sessions and the like, after the weights', seconds(ready - (lastByte.get('.safetensors') ?? ready))],
    ['pinned pictures', seconds(timings?.encodeSubjects)],
    ['caption', seconds(timings?.encodeText)],
    ['a step', seconds(timings?.perStep)],
    ['all steps', seconds(timings?.denoise)],
    ['decoding', seconds(timings?.decode)],
  ],
);
await browser.close();
await site.close();
process.exit(0);
