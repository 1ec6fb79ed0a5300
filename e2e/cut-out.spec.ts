import { readFile } from 'node:fs/promises';

import { AxeBuilder } from '@axe-core/playwright';
import { expect, test, type Locator, type Page } from '@playwright/test';
import UPNG from 'upng-js';

import { pinFiles, runEnd, stage, wordButton } from './page-driver.ts';
import { collectProblems } from './tiny-model.ts';

const rabbit = 'public/models/picturebook/samples/rabbit-dipped.png';
const popover = (page: Page): Locator => page.getByRole('dialog');
const toCutOut = (page: Page): Locator => popover(page).getByRole('button', { name: /^Cut out/ });
const isCutOut = (page: Page): Locator => popover(page).getByRole('switch', { name: 'Leave the background out' });

/** Requests that leave the site. */
function foreignRequests(page: Page, baseURL: string | undefined): readonly string[] {
  const foreign: string[] = [];
  page.context().on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(baseURL ?? '') && !/^(blob|data):/u.test(url)) foreign.push(url);
  });
  return foreign;
}

async function openMiniature(page: Page): Promise<void> {
  await page.goto('/?provider=wasm&steps=2&seed=7&caption=a rabbit on the beach');
  await page.locator('[data-state=ready]').first().waitFor();
  await pinFiles(page, 1, [rabbit]);
}

/** What the PNG of the newest picture says of its first pinned picture. */
async function recipeSubject(page: Page): Promise<unknown> {
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download' }).click();
  const { tabs } = UPNG.decode(new Uint8Array(await readFile(await (await download).path())).buffer);
  const { data } = JSON.parse(tabs.iTXt?.['pinword'] ?? '{}') as {
    data: { compose: { pins: { subjects: unknown[] }[] } };
  };
  return data.compose.pins[0]?.subjects[0];
}

test('a picture is cut out at one click, offline, and stays so until it is switched off', async ({ page, baseURL }) => {
  const problems = collectProblems(page);
  const foreign = foreignRequests(page, baseURL);
  await openMiniature(page);
  await wordButton(page, 1).click();
  await toCutOut(page).click();
  await expect(isCutOut(page)).toBeChecked();
  await page.screenshot({ path: 'test-results/screenshots/cut-out.png' });
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await popover(page).getByRole('button', { name: 'Done' }).click();
  await expect(toCutOut(page)).toHaveAttribute('aria-pressed', 'true');
  await page.screenshot({ path: 'test-results/screenshots/cut-out-list.png' });
  await popover(page).getByRole('button', { name: /^Crop/ }).click();
  await expect(popover(page).getByRole('group', { name: /^Region/ })).toBeVisible();
  await page.screenshot({ path: 'test-results/screenshots/cut-out-crop.png' });
  await popover(page).getByRole('button', { name: 'Use this part' }).click();
  await popover(page).getByRole('button', { name: 'Close' }).click();

  await page.getByRole('button', { name: 'Generate' }).click();
  expect(await runEnd(page)).toBe('done');
  await expect(stage(page).getByRole('img').first()).toBeVisible();
  const cut = { isOn: true, backdrop: 'white' };
  expect(await recipeSubject(page)).toMatchObject({ region: { x: 0, y: 0 }, cutOut: cut });

  await page.reload();
  await page.locator('[data-state=ready]').first().waitFor();
  await wordButton(page, 1).click();
  await expect(toCutOut(page)).toHaveAttribute('aria-pressed', 'true');
  await toCutOut(page).click();
  await isCutOut(page).uncheck();
  await popover(page).getByRole('button', { name: 'Done' }).click();
  await expect(toCutOut(page)).toHaveAttribute('aria-pressed', 'false');
  await popover(page).getByRole('button', { name: 'Close' }).click();
  await page.getByRole('button', { name: 'Generate' }).click();
  expect(await runEnd(page)).toBe('done');
  expect(await recipeSubject(page)).toMatchObject({ cutOut: { ...cut, isOn: false } });
  expect(foreign).toEqual([]);
  expect(problems).toEqual([]);
});
