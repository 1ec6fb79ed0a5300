import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

import { modelSettled, openAdvanced, runEnd, stage, wordButton } from './support/page-driver.ts';
import { test } from './support/tiny-model.ts';

const caption = (page: Page) => page.getByRole('textbox', { name: 'Caption' });
const generate = (page: Page) => page.getByRole('button', { name: 'Generate' });
const pictures = (page: Page) => page.getByRole('region', { name: 'Your pictures' }).getByRole('button');
const waiting = (page: Page) => page.getByRole('list', { name: 'Pictures that wait' }).getByRole('listitem');

/** Small pictures: they are not looked at. */
async function openPictureBook(page: Page, steps: number): Promise<void> {
  await page.goto(`/?provider=wasm&steps=${steps}&caption=first&width=128&height=128`);
  await modelSettled(page, 300_000);
}

async function ask(page: Page, words: string): Promise<void> {
  await caption(page).fill(words);
  await caption(page).press('Control+Enter');
}

test('what is asked for while a picture forms waits, can be moved and taken out, and survives a reload in two tabs', async ({
  page,
  context,
}) => {
  await openPictureBook(page, 1000);
  await generate(page).click();
  await expect(stage(page).getByText(/step \d+ of 1000/)).toBeVisible();
  await openAdvanced(page);
  await page.getByRole('spinbutton', { name: 'Steps' }).fill('2');
  for (const words of ['a red ball', 'a blue house', 'a green tree', 'a cloud']) await ask(page, words);
  await page.getByText('4 pictures wait.').click();
  await expect(waiting(page)).toHaveText([/a red ball/, /a blue house/, /a green tree/, /a cloud/]);
  await page.getByRole('button', { name: 'Earlier: a green tree' }).click();
  await page.getByRole('button', { name: 'Remove: a blue house' }).click();
  await expect(waiting(page)).toHaveText([/a red ball/, /a green tree/, /a cloud/]);
  await page.screenshot({ path: 'test-results/screenshots/queue.png' });
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

  // The page goes with the picture that forms; what waits is made by one tab of the two.
  const other = await context.newPage();
  await other.goto('/');
  await expect(other.getByText('3 pictures wait.')).toBeVisible();
  await page.reload();
  await expect(page.getByText(/pictures? waits?\./)).toBeHidden();
  await expect(other.getByText(/pictures? waits?\./)).toBeHidden();
  await expect(page.locator('[data-run=running]')).toBeHidden();
  await expect(other.locator('[data-run=running]')).toBeHidden();
  await page.reload();
  await expect(pictures(page)).toHaveCount(3);
});

test('words count more and less by their keys and buttons, and the caption says so', async ({ page, open }) => {
  await open({ caption: 'a dog on the beach', steps: '2', provider: 'wasm' });
  await expect(page.getByRole('region', { name: 'Compose' }).getByText(/^\d+ of 75 tokens$/)).toBeVisible();
  await wordButton(page, 1).press('+');
  await expect(caption(page)).toHaveValue('a (dog:1.1) on the beach');
  await wordButton(page, 4).click();
  const weight = page.getByRole('dialog').getByRole('group', { name: 'Weight of the word' });
  await weight.getByRole('button', { name: 'Let “beach” count less' }).click();
  await expect(caption(page)).toHaveValue('a (dog:1.1) on the (beach:0.9)');
  await page.screenshot({ path: 'test-results/screenshots/weights.png' });
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await expect(wordButton(page, 1)).toHaveAccessibleName(/counts 1\.1 times/);
  await generate(page).click();
  expect(await runEnd(page)).toBe('done');

  await openAdvanced(page);
  await page.getByRole('switch', { name: 'Long captions' }).or(page.getByLabel('Long captions')).first().check();
  await caption(page).fill(`(unbalanced (a:99) ${'red dog and blue house '.repeat(16)}BREAK [sea]`);
  await expect(page.getByRole('region', { name: 'Compose' }).getByText(/^\d+ of (150|225|300) tokens$/)).toBeVisible();
  await generate(page).click();
  expect(await runEnd(page)).toBe('done');
});
