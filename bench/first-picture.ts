/**
 * What a first visit costs: bytes until the first picture, and where the time to it goes, on the built site in a real
 * browser. Bytes are those that the preview sends: the build compresses what gains by it. With another build's folder, both
 * are visited in turn.
 *
 * npx tsx bench/first-picture.ts [--steps 4] [--rounds 1] [--look 0] [--against ../earlier/dist]
 * --look: seconds from the moment that the model is there until Generate is pressed
 */
import { parseArgs } from 'node:util';

import { chromium } from '@playwright/test';

import { buildAndServe, serve } from '../e2e/support/site.ts';
import { printTable } from '../e2e/support/table.ts';
import { findBrowser, softwareGpuFlags } from '../provision/browser.ts';
import { firstVisit, type FirstVisit } from './first-visit.ts';
import { median, ratio, spread } from './rounds.ts';

const { values } = parseArgs({
  options: {
    steps: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '1' },
    look: { type: 'string', default: '0' },
    against: { type: 'string' },
  },
});
const executablePath = findBrowser();
const browser = await chromium.launch({
  args: [...softwareGpuFlags],
  ...(executablePath === null ? {} : { executablePath }),
});
const sites = [
  { name: 'this build', visits: [] as FirstVisit[], ...(await buildAndServe()) },
  ...(values.against === undefined
    ? []
    : [{ name: values.against, visits: [] as FirstVisit[], ...(await serve(values.against)) }]),
];
const address = (url: string): string => `${url}?steps=${values.steps}`;
const lookMs = 1000 * Number(values.look);
// The browser itself starts with these, and they are not counted.
for (const { url } of sites) await firstVisit(browser, address(url), lookMs);
for (let round = 0; round < Number(values.rounds); round++)
  for (const { url, visits } of sites) visits.push(await firstVisit(browser, address(url), lookMs));

const mega = (bytes: number): string => (bytes / 1e6).toFixed(1);
const seconds = (ms: number): string => (ms / 1000).toFixed(2);
const middle = (visits: readonly FirstVisit[], of: (visit: FirstVisit) => number): number => median(visits.map(of));
const stages: readonly (readonly [string, (visit: FirstVisit) => number])[] = [
  ['the page is loaded', ({ loaded }) => loaded],
  ['ONNX Runtime has come', ({ runtime }) => runtime],
  ['the weights have come', ({ weights }) => weights],
  ['the model is there', ({ ready }) => ready],
  ['Generate is pressed', ({ pressed }) => pressed],
  ['the first preview is shown', ({ firstPreview }) => firstPreview],
  ['the picture is shown', ({ picture }) => picture],
];
const orNone = (timing: number | undefined): number => timing ?? NaN;
const ofIt: readonly (readonly [string, (visit: FirstVisit) => number])[] = [
  ['opening sessions and the like, after the weights', ({ ready, weights }) => ready - weights],
  ['from the press to the picture', ({ picture, pressed }) => picture - pressed],
  ['pinned pictures', ({ summary }) => orNone(summary?.timings.encodeSubjects)],
  ['caption', ({ summary }) => orNone(summary?.timings.encodeText)],
  ['a step', ({ summary }) => orNone(summary?.timings.perStep)],
  ['all steps', ({ summary }) => orNone(summary?.timings.denoise)],
  ['decoding', ({ summary }) => orNone(summary?.timings.decode)],
];
for (const { name, visits } of sites) {
  const [{ bytes, end, summary } = { bytes: new Map<string, number>(), end: '', summary: null }] = visits;
  console.log(
    `\nFirst visit of ${name}, ${values.steps} steps, ${visits.length} times, run ${end}, ` +
      `${summary?.provider ?? ''} on ${summary?.adapter ?? ''}`,
  );
  const all = [...bytes.values()].reduce((sum, count) => sum + count, 0);
  printTable(
    ['sent before the first picture', 'MB'],
    [...[...bytes].sort(), ['all', all] as const].map(([group, count]) => [group, mega(count)]),
  );
  const rows = (list: typeof stages) => list.map(([title, of]) => [title, seconds(middle(visits, of))]);
  printTable(['from the first request until, median', 's'], rows(stages));
  printTable(['of it, median', 's'], rows(ofIt));
}
const [ours, theirs] = sites;
/** Ours over theirs, of each round. */
function compare(title: string, of: (visit: FirstVisit) => number): void {
  if (ours === undefined || theirs === undefined) return;
  const [mine, other] = [ours.visits.map(of), theirs.visits.map(of)];
  const spreads = [mine, other].map((all) => `${Math.round(100 * spread(all))} %`).join(' and ');
  console.log(`${title}: ${ratio(mine, other).toFixed(2)} of the other build's time (spread ${spreads})`);
}
compare('\nfrom the first request to the picture', ({ picture }) => picture);
compare('from the press of Generate to the picture', ({ picture, pressed }) => picture - pressed);
await browser.close();
for (const { close } of sites) await close();
process.exit(0);
