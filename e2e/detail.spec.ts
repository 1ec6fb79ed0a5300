import { readFile } from 'node:fs/promises';

import { expect, type Locator, type Page } from '@playwright/test';
import UPNG from 'upng-js';

import { lookAt } from './support/look-at.ts';
import { dropOnPage, makePicture } from './support/model-dialog.ts';
import { cutOutPins, downloadPicture, pinFiles, stage, unpinAll, wordButton } from './support/page-driver.ts';
import { collectProblems, test } from './support/tiny-model.ts';

const rabbit = 'public/models/picturebook/samples/rabbit-dipped.png';

const detail = (page: Page): Locator => page.getByRole('dialog').getByRole('region', { name: /^Fine detail of / });
const isCopied = (page: Page): Locator => detail(page).getByRole('switch', { name: 'Copy fine detail (slower)' });

async function close(page: Page): Promise<void> {
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
}

test('fine detail is copied from a cut-out picture: off at first, its cost said before, and told by the PNG', async ({
  page,
}) => {
  const problems = collectProblems(page);
  await page.goto('/?provider=wasm&steps=2&seed=7&alpha=1&caption=a rabbit on the beach');
  await page.locator('[data-state=ready]').first().waitFor();
  await pinFiles(page, 1, [rabbit]);
  const without = await makePicture(page);

  await wordButton(page, 1).click();
  await expect(isCopied(page)).not.toBeChecked();
  await expect(detail(page)).toContainText('Each step takes about 1.6 times as long.');
  await isCopied(page).check();
  await expect(detail(page)).toContainText('Cut the subject out');
  await lookAt(page, 'detail');
  await close(page);
  const whole = await makePicture(page);

  await cutOutPins(page, 1, 60_000);
  await wordButton(page, 1).click();
  await expect(detail(page)).not.toContainText('Cut the subject out');
  await detail(page).getByRole('slider', { name: 'Strength' }).fill('0.5');
  await close(page);
  const cutOut = await makePicture(page);
  expect(new Set([without, whole, cutOut]).size).toBe(3);

  await wordButton(page, 1).click();
  await detail(page).getByRole('button', { name: 'Bind it to a place in the picture' }).click();
  await page.screenshot({ path: 'test-results/screenshots/detail-place.png' });
  await close(page);
  await expect(stage(page).getByRole('button', { name: 'Show places' })).toBeVisible();
  expect(await makePicture(page)).not.toBe(cutOut);

  const download = await downloadPicture(page);
  const { tabs } = UPNG.decode(new Uint8Array(await readFile(await download.path())).buffer);
  expect(tabs.iTXt?.['parameters']).toContain('Fine detail: 1=0.5');

  await page.reload();
  await page.locator('[data-state=ready]').first().waitFor();
  await wordButton(page, 1).click();
  await expect(isCopied(page)).toBeChecked();
  await isCopied(page).uncheck();
  await close(page);
  expect(problems).toEqual([]);
});

test('the story of the miniature: dropped, cut out, placed, its detail moved while it forms, had back from the PNG; nothing leaves', async ({
  page,
  baseURL,
}) => {
  const foreign: string[] = [];
  page.context().on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(baseURL ?? '') && !/^(blob|data):/u.test(url)) foreign.push(url);
  });
  await page.goto('/?provider=wasm&steps=40&seed=7&alpha=1&caption=a rabbit on the beach');
  await page.locator('[data-state=ready]').first().waitFor();
  await dropOnPage(page, [rabbit]);
  await page.getByRole('dialog', { name: 'Which word is it?' }).getByRole('button', { name: 'rabbit' }).click();
  await cutOutPins(page, 1, 60_000);
  await wordButton(page, 1).click();
  await isCopied(page).check();
  await detail(page).getByRole('button', { name: 'Bind it to a place in the picture' }).click();
  const strength = detail(page).getByRole('slider', { name: 'Strength' });
  await page.keyboard.press('Control+Enter');
  await stage(page)
    .getByRole('img', { name: /^Preview of/u })
    .waitFor();
  await strength.press('ArrowLeft');
  await page.locator('[data-run=done]').waitFor();
  await close(page);
  await expect(stage(page).getByText('(moved)')).toBeVisible();

  const path = test.info().outputPath('rabbit.png');
  await (await downloadPicture(page)).saveAs(path);
  await unpinAll(page);
  await dropOnPage(page, [path]);
  await expect(page.getByText('Caption, pins and settings of this picture are back.')).toBeVisible();
  await wordButton(page, 1).click();
  await expect(isCopied(page)).toBeChecked();
  await expect(strength).toHaveValue('0.95');
  await expect(detail(page).getByRole('spinbutton', { name: 'Width' })).toHaveValue('40');
  await close(page);
  expect(foreign).toEqual([]);
});
