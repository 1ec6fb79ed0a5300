import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

import { modelSettled, stage } from './page-driver.ts';
import { test } from './tiny-model.ts';

const row = (page: Page) => page.getByRole('region', { name: 'Compared by α' });
const pictures = (page: Page) => page.getByRole('region', { name: 'Your pictures' }).getByRole('button');

test('five pictures from text to subject in one press, wiped, saved as a sheet, and one of them kept', async ({
  page,
}) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto('/?provider=wasm&steps=2');
  await expect(page.getByRole('slider', { name: 'Text or subject (α)' })).toBeEnabled();
  await modelSettled(page, 300_000);
  await page.getByRole('button', { name: /^Compare α/ }).click();
  await expect(row(page).getByRole('button', { name: /^α/ })).toHaveText([
    'α text',
    'α 0.25',
    'α 0.5',
    'α 0.75',
    'α subject',
  ]);
  await expect(page.locator('[data-run=running]')).toBeHidden();
  await page.screenshot({ path: 'test-results/screenshots/compare.png' });
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

  await row(page).getByRole('button', { name: 'Wipe' }).click();
  const divider = stage(page).getByRole('slider', { name: 'Divider between the two pictures' });
  await divider.press('ArrowRight');
  expect(Number(await divider.inputValue())).toBeCloseTo(0.52);
  await expect(stage(page).getByRole('img', { name: /^(Left|Right): / })).toHaveCount(2);
  await row(page)
    .getByRole('button', { name: 'α 0.25' })
    .click({ modifiers: ['Shift'] });
  await expect(stage(page).getByRole('img', { name: /^Right: .*α 0\.25$/ })).toBeVisible();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.screenshot({ path: `test-results/screenshots/compare-wipe-${colorScheme}.png` });
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  }
  await page.setViewportSize({ width: 390, height: 844 });
  await page.screenshot({ path: 'test-results/screenshots/compare-phone.png', fullPage: true });
  await page.setViewportSize({ width: 1440, height: 900 });

  const download = page.waitForEvent('download');
  await row(page).getByRole('button', { name: 'Download sheet' }).click();
  await (await download).saveAs('test-results/screenshots/compare-sheet.png');

  await row(page).getByRole('button', { name: 'α 0.75' }).click();
  await row(page).getByRole('button', { name: 'Keep this one' }).click();
  await expect(pictures(page)).toHaveCount(1);
  await expect(page.getByRole('slider', { name: 'Text or subject (α)' })).toHaveValue('0.75');
  await page.getByRole('button', { name: 'Undo all' }).click();
  await expect(pictures(page)).toHaveCount(5);
});
