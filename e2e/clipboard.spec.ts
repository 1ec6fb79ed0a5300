import { expect } from '@playwright/test';

import { runEnd, stage, wordButton } from './support/page-driver.ts';
import { test } from './support/tiny-model.ts';

test('a result is copied, and pinned from the clipboard by the button and by the key', async ({
  page,
  open,
  context,
  problems,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await open({ steps: '1', provider: 'wasm' });
  await page.getByRole('button', { name: 'Generate' }).click();
  expect(await runEnd(page)).toBe('done');
  await stage(page).getByRole('button', { name: 'Copy the picture' }).click();
  await expect(page.getByText('Copied to the clipboard.')).toBeVisible();

  const popover = page.getByRole('dialog');
  const pinned = popover.getByRole('list', { name: 'Pinned pictures' }).getByRole('listitem');
  await wordButton(page, 1).click();
  await popover.getByRole('button', { name: 'paste it' }).click();
  await expect(pinned).toHaveText(['pasted picture']);
  await popover.getByRole('button', { name: 'Close' }).click();
  await expect(popover).toBeHidden();

  await wordButton(page, 4).click();
  await expect(popover).toBeVisible();
  await page.keyboard.press('Control+V');
  await expect(pinned).toHaveCount(1);

  await page.evaluate(() => navigator.clipboard.writeText('only words'));
  await popover.getByRole('button', { name: 'paste it' }).click();
  await expect(popover.getByRole('alert')).toContainText('There is no picture on the clipboard.');
  expect(problems).toEqual([]);
});
