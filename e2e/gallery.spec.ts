import { AxeBuilder } from '@axe-core/playwright';
import { expect, test, type Page } from '@playwright/test';

import { keepPictures } from './support/kept-pictures.ts';
import { modelSettled, savedBy } from './support/page-driver.ts';
import { collectProblems } from './support/tiny-model.ts';

const sheet = (page: Page) => page.getByRole('dialog', { name: 'Your pictures' });
const tiles = (page: Page) => sheet(page).getByRole('button', { name: /^Open / });

/** Notes how many pictures are drawn at most at any moment, also for one that is too short to be seen. */
async function countTiles(page: Page): Promise<void> {
  await page.evaluate(() => {
    let most = 0;
    new MutationObserver(() => {
      most = Math.max(most, document.querySelectorAll('[aria-posinset]').length);
      Reflect.set(globalThis, 'mostTiles', most);
    }).observe(document.body, { subtree: true, childList: true });
  });
}

test('a thousand pictures are searched, starred, selected, deleted, put back and taken along', async ({ page }) => {
  const problems = collectProblems(page);
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto('/?provider=wasm');
  await modelSettled(page, 300_000);
  await keepPictures(page, 1000);
  await page.reload();
  await countTiles(page);
  await page.getByRole('button', { name: /^All pictures/ }).click();
  await expect(sheet(page).getByText('1000 pictures')).toBeVisible();
  await expect(tiles(page).first()).toBeVisible();
  expect(await page.evaluate(() => Reflect.get(globalThis, 'mostTiles') as number)).toBeLessThan(150);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.screenshot({ path: `test-results/screenshots/gallery-${colorScheme}.png` });
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  }

  await sheet(page).getByRole('searchbox').fill('zebra');
  await expect(sheet(page).getByText('10 pictures')).toBeVisible();
  await sheet(page).getByRole('button', { name: 'Star a zebra 900, seed 900' }).click();
  await sheet(page).getByRole('button', { name: 'Only starred pictures' }).click();
  await expect(tiles(page)).toHaveCount(1);
  await sheet(page).getByRole('button', { name: 'Only starred pictures' }).click();

  await sheet(page).getByRole('button', { name: 'Select all' }).click();
  const download = await savedBy(page, sheet(page).getByRole('button', { name: 'Download as zip' }));
  expect(download.suggestedFilename()).toBe('pinword-pictures.zip');
  await sheet(page).getByRole('button', { name: 'Delete' }).click();
  await expect(sheet(page).getByText('No picture has all of these words.')).toBeVisible();
  await page.getByRole('button', { name: 'Undo all' }).click();
  await expect(sheet(page).getByText('10 pictures')).toBeVisible();

  await tiles(page).first().click();
  const view = page.getByRole('dialog', { name: '1 of 10' });
  await expect(view.getByRole('img', { name: 'a zebra 900' })).toBeVisible();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('dialog', { name: '2 of 10' }).getByRole('img', { name: 'a zebra 800' })).toBeVisible();
  await page.keyboard.press('+');
  // What was in the middle still is.
  const box = page.getByRole('group', { name: 'The picture' });
  await expect
    .poll(() => box.evaluate(({ scrollLeft, scrollWidth, clientWidth }) => scrollLeft / (scrollWidth - clientWidth)))
    .toBeCloseTo(0.5, 1);
  await page.screenshot({ path: 'test-results/screenshots/gallery-view.png' });
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await page.setViewportSize({ width: 390, height: 844 });
  await page.screenshot({ path: 'test-results/screenshots/gallery-view-phone.png' });
  await page.getByRole('button', { name: 'Put on the stage' }).click();
  await expect(
    page.getByRole('region', { name: 'Picture', exact: true }).getByRole('img', { name: 'a zebra 800' }),
  ).toBeVisible();
  expect(problems).toEqual([]);
});
