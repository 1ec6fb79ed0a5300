import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from '@playwright/test';

import { readPngFiles } from '../workers/png/png-files.ts';
import { lookAt } from './support/look-at.ts';
import { dropOnPage } from './support/model-dialog.ts';
import {
  carryQuestion,
  cutOutPins,
  downloadPicture,
  openAdvanced,
  pinFiles,
  runEnd,
  savedBy,
  wordButton,
} from './support/page-driver.ts';
import { collectProblems, test } from './support/tiny-model.ts';

const rabbit = 'public/models/picturebook/samples/rabbit-dipped.png';
const dog = 'public/models/picturebook/samples/dog-spotted.png';

let folder = '';

test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'carried-'));
});

test.afterAll(async () => {
  await rm(folder, { recursive: true });
});

const carriedBy = async (path: string): Promise<readonly Uint8Array[]> =>
  readPngFiles(new Uint8Array(await readFile(path)));

test('a downloaded picture opens with its subjects in a fresh profile', async ({ page, browser, baseURL }) => {
  const problems = collectProblems(page);
  await page.goto('/?provider=wasm&steps=1&seed=7&caption=a rabbit and a dog');
  await pinFiles(page, 1, [rabbit]);
  await cutOutPins(page, 1, 300_000);
  await pinFiles(page, 4, [dog]);
  await page.getByRole('button', { name: /^Generate/ }).click();
  expect(await runEnd(page)).toBe('done');

  // Asked at the first download; put off, nothing is saved and it is asked again.
  await page.getByRole('button', { name: 'Download', exact: true }).click();
  await expect(carryQuestion(page).getByRole('listitem')).toHaveCount(2);
  await lookAt(page, 'carry-question');
  await carryQuestion(page).getByRole('button', { name: 'Close' }).click();
  await page.getByRole('button', { name: 'Download', exact: true }).click();
  const download = page.waitForEvent('download');
  await carryQuestion(page).getByRole('button', { name: 'With them' }).click();
  const path = join(folder, 'with.png');
  await (await download).saveAs(path);
  // The rabbit and its mask, and the dog.
  expect(await carriedBy(path)).toHaveLength(3);
  expect(Math.max(...(await carriedBy(path)).map(({ length }) => length))).toBeLessThan(60_000);

  // Remembered, and changed in the settings.
  await openAdvanced(page);
  const choice = page.getByRole('switch', { name: 'Downloads carry the pinned pictures' });
  await expect(choice).toBeChecked();
  await choice.uncheck();
  const without = join(folder, 'without.png');
  await (await downloadPicture(page)).saveAs(without);
  expect(await carriedBy(without)).toEqual([]);
  await choice.check();

  // The zip follows the choice.
  await page.getByRole('button', { name: /^All pictures/ }).click();
  await page.getByRole('button', { name: 'Select all' }).click();
  const zip = join(folder, 'pictures.zip');
  await (await savedBy(page, page.getByRole('button', { name: 'Download as zip' }))).saveAs(zip);
  expect((await readFile(zip)).includes('pwSb')).toBe(true);
  expect(problems).toEqual([]);

  const other = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const fresh = await other.newPage();
  await fresh.goto(`${baseURL ?? ''}/?provider=wasm&steps=1&caption=my own words`);
  await dropOnPage(fresh, [path]);
  await expect(fresh.getByText(/are back\. 2 pinned pictures were in the file/)).toBeVisible();
  await expect(wordButton(fresh, 1)).toHaveAccessibleName(/1 picture pinned/);
  await expect(wordButton(fresh, 4)).toHaveAccessibleName(/1 picture pinned/);
  await wordButton(fresh, 1).click();
  await expect(fresh.getByRole('button', { name: 'Cut out rabbit-dipped.png' })).toHaveAttribute(
    'aria-pressed',
    'true',
  );
  await fresh.screenshot({ path: 'test-results/screenshots/carried-opened.png' });
  await fresh.keyboard.press('Escape');
  await fresh.getByRole('button', { name: 'Undo' }).click();
  await expect(fresh.getByRole('textbox', { name: 'Caption' })).toHaveValue('my own words');
  await expect(fresh.locator('[data-word][data-pinned=true]')).toHaveCount(0);

  // With them it can be made again, and passed on as it came.
  await dropOnPage(fresh, [path]);
  await expect(wordButton(fresh, 4)).toHaveAccessibleName(/1 picture pinned/);
  await fresh.getByRole('button', { name: /^Generate/ }).click();
  expect(await runEnd(fresh)).toBe('done');
  await fresh.getByRole('button', { name: 'Download', exact: true }).click();
  const again = fresh.waitForEvent('download');
  await carryQuestion(fresh).getByRole('button', { name: 'With them' }).click();
  const passedOn = join(folder, 'again.png');
  await (await again).saveAs(passedOn);
  expect((await carriedBy(passedOn)).map((file) => Buffer.from(file).toString('hex'))).toEqual(
    (await carriedBy(path)).map((file) => Buffer.from(file).toString('hex')),
  );
  await other.close();
});
