import type { Page } from '@playwright/test';

import { settingTable } from '../../workers/api.ts';
import { flopOfLook } from '../../workers/testing/gpu/look-flop.ts';
import { readUNetShapes } from '../../workers/testing/gpu/unet-shapes.ts';
import { openAdvanced, runEnd, wordButton } from '../support/page-driver.ts';
import { cpuSeconds } from './cpu-time.ts';
import { allocations } from './instrument.ts';

/** Where check.ts serves the random adapter. */
export const lookRepository = 'random/ip-adapter';
const adapterPath = 'models/ip-adapter-plus_sd15.safetensors';

/** As a person does: the adapter's place, typed into the dialog, which is open, and Load. */
export async function chooseLook(page: Page, origin: string): Promise<void> {
  await page.locator('summary', { hasText: 'Look (IP-Adapter)' }).click();
  const label = 'An adapter from a repository';
  await page.getByRole('textbox', { name: label }).fill(`${origin}/${lookRepository}/blob/main/${adapterPath}`);
  await page.getByRole('button', { name: `Use: ${label}` }).click();
  const facts = page.getByRole('region', { name: 'Chosen model' });
  await facts.getByRole('button', { name: 'Load', exact: true }).click();
}

/** Steps of a run that are measured: the first one opens sessions. */
const measured = { from: 1, to: 3 } as const;
/** Runs without and with the look, in turn. */
const rounds = 2;
/** The look costs about as large a part of a step at any size. */
const edge = 128;

interface StepCost {
  /** Of processor time; NaN where it cannot be told. */
  readonly seconds: number;
  readonly dispatches: number;
}

/** Of a step, in each run. */
interface LookCost {
  readonly without: readonly StepCost[];
  readonly withLook: readonly StepCost[];
}

/**
 * What the look of the word costs, in runs of one branch that are cancelled once they are measured.
 * @param steps of a run, four at least @param profile of the browser
 */
export async function measureLook(
  page: Page,
  { word, steps, profile }: { readonly word: number; readonly steps: number; readonly profile: string },
): Promise<LookCost> {
  await openAdvanced(page);
  const panel = page.getByRole('region', { name: 'Compose' });
  for (const [key, value] of [
    ['width', edge],
    ['height', edge],
    ['steps', steps],
    ['alpha', 1],
  ] as const)
    await panel.getByLabel(settingTable[key].label, { exact: true }).fill(String(value));
  const cost = { without: new Array<StepCost>(), withLook: new Array<StepCost>() };
  for (let round = 0; round < rounds; round++) {
    for (const kind of ['without', 'withLook'] as const) {
      await switchLook(page, word, kind === 'withLook');
      cost[kind].push(await stepCost(page, steps, profile));
    }
  }
  return cost;
}

async function switchLook(page: Page, word: number, isOn: boolean): Promise<void> {
  await wordButton(page, word).click();
  const popover = page.getByRole('dialog');
  await popover
    .getByRole('region', { name: /^Look of / })
    .getByRole('switch', { name: 'Look' })
    .setChecked(isOn);
  await popover.getByRole('button', { name: 'Close' }).click();
}

async function stepCost(page: Page, steps: number, profile: string): Promise<StepCost> {
  await page.getByRole('button', { name: /^Generate/ }).click();
  await page.locator('[data-run=running]').waitFor();
  const after = async (step: number): Promise<number> => {
    await page.waitForFunction(isAt, { step, steps }, { timeout: 0, polling: 100 });
    return (await cpuSeconds(profile)) ?? NaN;
  };
  const [start, end] = [await after(measured.from), await after(measured.to)];
  await page.getByRole('button', { name: /^Cancel/ }).click();
  await runEnd(page);
  const { dispatches } = await allocations(page);
  const [first = NaN, last = NaN] = [dispatches.at(measured.from - measured.to - 1), dispatches.at(-1)];
  return {
    seconds: (end - start) / (measured.to - measured.from),
    dispatches: (last - first) / (measured.to - measured.from),
  };
}

/** Runs in the page: whether a run is so far, or has ended. */
function isAt({ step, steps }: { readonly step: number; readonly steps: number }): boolean {
  const [, done] = new RegExp(`step (\\d+) of ${steps}`).exec(document.querySelector('main')?.innerText ?? '') ?? [];
  return Number(done ?? 0) >= step || document.querySelector('[data-run=done], [data-run=failed]') !== null;
}

/** The aim of a look is next to nothing beside the network. */
const largestPart = 0.03;

/** What the look of one picture by IP-Adapter-Plus adds to a step of Stable Diffusion 1.5 at 512 × 512, in FLOP: whatever the machine. */
export async function lookPart(): Promise<{ readonly part: number; readonly isSmall: boolean }> {
  const size = { height: 64, width: 64, tokens: 77, lookTokens: 16 };
  const { without, withLook } = flopOfLook(await readUNetShapes(), size);
  const part = withLook / without - 1;
  return { part, isSmall: part <= largestPart };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

export function describeLookCost({ without, withLook }: LookCost): string {
  const [before, after] = [without, withLook].map((runs) => ({
    seconds: mean(runs.map(({ seconds }) => seconds)),
    dispatches: mean(runs.map(({ dispatches }) => dispatches)),
    all: runs.map(({ seconds }) => seconds.toFixed(1)).join(', '),
  }));
  if (before === undefined || after === undefined) return '';
  const time = Number.isNaN(before.seconds)
    ? 'processor time cannot be told here'
    : `${before.all} s of processor time, with a look ${after.all} s: ${(100 * (after.seconds / before.seconds - 1)).toFixed(1)} %`;
  return `a step at ${edge} × ${edge}: ${before.dispatches} dispatches, with a look ${after.dispatches}; ${time}`;
}
