import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from '@playwright/test';

import { runEnd, stage } from './page-driver.ts';
import { collectProblems } from './tiny-model.ts';

test('a first visit: the filled-in example becomes a picture at one click', async ({ page }) => {
  const problems = collectProblems(page);
  await page.goto('/?provider=webgpu&steps=4');
  await expect(page.getByRole('textbox', { name: 'Caption' })).not.toHaveValue('');
  await expect(page.getByRole('slider', { name: 'Fuse ratio α' })).toBeEnabled();
  await page.screenshot({ path: 'test-results/screenshots/first-visit.png' });

  await page.getByRole('button', { name: 'Generate' }).click();
  await expect(stage(page).getByText(/step \d of 4/)).toBeVisible({ timeout: 200_000 });
  await page.screenshot({ path: 'test-results/screenshots/forming.png' });
  expect(await runEnd(page, 200_000)).toBe('done');
  await expect(stage(page).getByRole('img').first()).toBeVisible();
  await page.screenshot({ path: 'test-results/screenshots/finished.png' });
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  expect(problems).toEqual([]);
});
