import type { Page } from '@playwright/test';

import { stage } from '../page-driver.ts';

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

/** Milliseconds that the last run took for a step. */
export async function stepTime(page: Page): Promise<number> {
  const summary: unknown = JSON.parse((await stage(page).getAttribute('data-summary')) ?? '{}');
  const timings = summary instanceof Object && 'timings' in summary ? summary.timings : null;
  return timings instanceof Object && 'perStep' in timings ? Number(timings.perStep) : NaN;
}

/** The aim of a look: next to nothing beside the network. Both runs are the first of their kind: they compile too. */
export function describeLookCost(without: number, withLook: number): string {
  const part = (100 * (withLook / without - 1)).toFixed(1);
  return `a step took ${(without / 1000).toFixed(1)} s, with a look ${(withLook / 1000).toFixed(1)} s: ${part} %, aim at most 3 %`;
}
