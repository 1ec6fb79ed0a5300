import type { Page } from '@playwright/test';

import { settingTable } from '../../workers/api.ts';
import { openAdvanced, runEnd, wordButton } from '../support/page-driver.ts';
import { cpuSeconds } from './cpu-time.ts';

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
/** The look costs as large a part of a step at any size. */
const edge = 128;

/** Seconds of processor time for a step, of each run. */
export interface LookCost {
  readonly without: readonly number[];
  readonly withLook: readonly number[];
}

/**
 * What the look of the word costs, in runs of one branch that are cancelled once they are measured.
 * @param steps of a run, four at least @param profile of the browser @returns null where processor time cannot be told
 */
export async function measureLook(
  page: Page,
  { word, steps, profile }: { readonly word: number; readonly steps: number; readonly profile: string },
): Promise<LookCost | null> {
  if ((await cpuSeconds(profile)) === null) return null;
  await openAdvanced(page);
  const panel = page.getByRole('region', { name: 'Compose' });
  for (const [key, value] of [
    ['width', edge],
    ['height', edge],
    ['steps', steps],
    ['alpha', 1],
  ] as const)
    await panel.getByLabel(settingTable[key].label, { exact: true }).fill(String(value));
  const cost = { without: new Array<number>(), withLook: new Array<number>() };
  for (let round = 0; round < rounds; round++) {
    for (const kind of ['without', 'withLook'] as const) {
      await switchLook(page, word, kind === 'withLook');
      cost[kind].push(await stepSeconds(page, steps, profile));
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

async function stepSeconds(page: Page, steps: number, profile: string): Promise<number> {
  await page.getByRole('button', { name: /^Generate/ }).click();
  await page.locator('[data-run=running]').waitFor();
  const after = async (step: number): Promise<number> => {
    await page.waitForFunction(isAt, { step, steps }, { timeout: 0, polling: 100 });
    return (await cpuSeconds(profile)) ?? NaN;
  };
  const [start, end] = [await after(measured.from), await after(measured.to)];
  await page.getByRole('button', { name: /^Cancel/ }).click();
  await runEnd(page);
  return (end - start) / (measured.to - measured.from);
}

/** Runs in the page: whether a run is so far, or has ended. */
function isAt({ step, steps }: { readonly step: number; readonly steps: number }): boolean {
  const [, done] = new RegExp(`step (\\d+) of ${steps}`).exec(document.querySelector('main')?.innerText ?? '') ?? [];
  return Number(done ?? 0) >= step || document.querySelector('[data-run=done], [data-run=failed]') !== null;
}

/** The aim of a look: next to nothing beside the network. */
export function describeLookCost({ without, withLook }: LookCost): string {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const shown = (values: readonly number[]): string => values.map((value) => value.toFixed(1)).join(', ');
  const part = (100 * (mean(withLook) / mean(without) - 1)).toFixed(1);
  return `processor time of a step at ${edge} × ${edge}: ${shown(without)} s, with a look ${shown(withLook)} s: ${part} %, aim at most 3 %`;
}
