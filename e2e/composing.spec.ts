import { copyFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, type Page } from '@playwright/test';

import { dropOn, dropOnPage } from './support/model-dialog.ts';
import { acceptLinkedModel, openAdvanced, runEnd, stage, unpinAll, wordButton } from './support/page-driver.ts';
import { test, tinyAddress } from './support/tiny-model.ts';

const dog = 'public/models/picturebook/samples/dog-spotted.png';
const phone = { width: 390, height: 844 };
const caption = (page: Page) => page.getByRole('textbox', { name: 'Caption' });
const strip = (page: Page) => page.getByRole('region', { name: 'Your pictures' });
const pinned = (page: Page) => page.getByRole('list', { name: 'Pinned pictures' }).getByRole('listitem');

async function makeOne(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Generate/ }).click();
  expect(await runEnd(page)).toBe('done');
}

test.describe('on one page, where no picture is made', () => {
  test.describe.configure({ mode: 'serial' });

  let page: Page;

  test.beforeAll(async ({ browser, baseURL, modelUrl }) => {
    page = await (await browser.newContext()).newPage();
    await page.goto(`${baseURL ?? ''}${tinyAddress(modelUrl, { provider: 'wasm' })}`);
    await acceptLinkedModel(page);
  });

  test.afterAll(() => page.context().close());

  /** Each begins with the same caption, and nothing pinned. */
  test.beforeEach(async () => {
    await page.keyboard.press('Escape');
    await unpinAll(page);
    await caption(page).fill('a dog on the beach');
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  test('quality, shape and number are enough for most; the rest waits behind “Advanced”', async () => {
    const settings = page.getByRole('region', { name: 'Settings' });
    for (const name of ['Quality', 'Shape']) await expect(settings.getByRole('combobox', { name })).toBeVisible();
    const experts = [
      settings.getByRole('combobox', { name: 'Scheduler' }),
      settings.getByRole('spinbutton', { name: 'Steps' }),
    ];
    for (const field of experts) await expect(field).toBeHidden();
    await openAdvanced(page);
    for (const field of experts) await expect(field).toBeVisible();
  });

  test('an example can be taken back, and the key for undo leaves it whole', async () => {
    await caption(page).fill('my own words');
    await page.getByRole('button', { name: 'Examples' }).click();
    const example = page.getByRole('menuitem').first();
    const text = await example.innerText();
    await example.click();
    await expect(caption(page)).toHaveValue(text);
    await caption(page).press('Control+Z');
    await expect(caption(page)).toHaveValue(text);
    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(caption(page)).toHaveValue('my own words');
  });

  test('on a phone, a long file name leaves the popover its buttons', async () => {
    await page.setViewportSize(phone);
    const path = join(
      await mkdtemp(join(tmpdir(), 'names-')),
      'Screenshot 2026-09-14 at 15.30.12 (copy of the copy).png',
    );
    await copyFile(dog, path);
    await wordButton(page, 1).click();
    const popover = page.getByRole('dialog');
    await popover.locator('input[type=file]').setInputFiles(path);
    for (const name of [/^Unpin/, 'Close'])
      await expect(popover.getByRole('button', { name })).toBeInViewport({ ratio: 1 });
  });

  test('a long caption scrolls together with its colours', async () => {
    await page.setViewportSize(phone);
    await caption(page).fill('a dog and a cat on the beach '.repeat(20));
    expect(await caption(page).evaluate((text) => text.scrollHeight - text.clientHeight)).toBe(0);
  });

  test('Ctrl+Enter in a field that shows a wrong value runs nothing', async () => {
    await openAdvanced(page);
    await page.getByRole('spinbutton', { name: 'Steps' }).fill('0');
    await page.keyboard.press('Control+Enter');
    await expect(stage(page)).toHaveAttribute('data-run', 'idle');
    await expect(page.getByText('Enter a whole number from 1 to 1000.')).toBeVisible();
    await page.getByRole('spinbutton', { name: 'Steps' }).fill('4');
  });

  test('a popover takes what is dropped anywhere on it, and nothing that is dropped beside it', async () => {
    await wordButton(page, 4).click();
    await dropOnPage(page, [dog]);
    const question = page.getByRole('dialog', { name: 'Which word is it?' });
    await question.getByRole('button', { name: 'Remove it' }).click();
    await wordButton(page, 4).click();
    await dropOn(page.getByRole('dialog').getByRole('heading', { name: 'Pin on' }), [dog]);
    await expect(pinned(page)).toHaveCount(1);
  });

  test('words of the large sentence are pressed and dropped on, and a press pins a picture of one’s own', async () => {
    await expect(
      stage(page).getByText('Pin a picture to a word, and get a new picture of that very subject.'),
    ).toBeVisible();
    const sentence = stage(page).getByRole('group', { name: 'The caption, word by word' });
    await sentence.getByRole('button', { name: /^dog,/u }).click();
    await expect(page.getByRole('dialog').getByRole('heading', { name: 'Pin on' })).toContainText('dog');
    await page.keyboard.press('Escape');
    await dropOn(sentence.getByRole('button', { name: /^beach,/u }), [dog]);
    await expect(pinned(page)).toHaveCount(1);
    await page.keyboard.press('Escape');
    await expect(wordButton(page, 4)).toHaveAttribute('data-pinned', 'true');
    const chooser = page.waitForEvent('filechooser');
    await stage(page).getByRole('button', { name: 'Use my own picture' }).click();
    await (await chooser).setFiles('workers/reference/data/images/plain.png');
    await expect(wordButton(page, 1)).toHaveAttribute('data-pinned', 'false');
    await wordButton(page, 4).click();
    await expect(page.getByRole('dialog')).toContainText('plain.png');
  });

  test('samples are tried one after the other, and a second press unpins', async () => {
    await wordButton(page, 4).click();
    const samples = page.getByRole('dialog').getByRole('button', { name: /^Pin the sample/ });
    await samples.nth(0).click();
    await expect(samples.nth(0)).toHaveAttribute('aria-pressed', 'true');
    await samples.nth(1).click();
    await expect(samples.nth(1)).toHaveAttribute('aria-pressed', 'true');
    await expect(pinned(page)).toHaveCount(1);
    await samples.nth(1).click();
    await expect(pinned(page)).toHaveCount(0);
  });

  test('a WebP that lies on its side is pinned upright', async () => {
    await wordButton(page, 1).click();
    const popover = page.getByRole('dialog');
    await popover.locator('input[type=file]').setInputFiles('workers/reference/data/images/turned.webp');
    await expect(pinned(page)).toHaveCount(1);
    const size = await pinned(page)
      .locator('img')
      .first()
      .evaluate(async (image) => {
        if (!(image instanceof HTMLImageElement)) throw new Error('no picture');
        await image.decode();
        return [image.naturalWidth, image.naturalHeight];
      });
    expect(size).toEqual([21, 37]);
  });
});

test('an empty caption leaves the picture on the stage and gets the focus', async ({ page, open }) => {
  await open({ steps: '1', provider: 'wasm' });
  await makeOne(page);
  await caption(page).fill('');
  await page.getByRole('button', { name: 'Generate' }).click();
  await expect(caption(page)).toBeFocused();
  await expect(stage(page).getByRole('button', { name: 'Download', exact: true })).toBeVisible();
});

test('new pictures are in view in the strip, and the last one that is deleted leaves the focus in the stage', async ({
  page,
  open,
}) => {
  await page.setViewportSize(phone);
  await open({ steps: '1', count: '6', provider: 'wasm' });
  for (let batch = 0; batch < 2; batch += 1) {
    await makeOne(page);
    await expect(strip(page).locator('[aria-current=true]')).toBeInViewport({ ratio: 1 });
    await strip(page).getByRole('button').last().click();
    await expect(strip(page).locator('[aria-current=true]')).toBeInViewport({ ratio: 1 });
  }
  const remove = stage(page).getByRole('button', { name: 'Delete the picture' });
  await remove.focus();
  for (let left = 12; left > 0; left -= 1) await page.keyboard.press('Enter');
  await expect(remove).toBeHidden();
  await expect(stage(page)).toBeFocused();
});

test('a word that the picture book was not taught is marked, explained, and replaced at a click', async ({ page }) => {
  await page.goto('/?caption=a wolf on the beech&provider=wasm');
  const field = caption(page);
  await expect(page.locator('mark[data-unknown=true]')).toHaveText(['wolf', 'beech']);
  await expect(field).toHaveAccessibleDescription(/was not taught “wolf”, “beech”/u);
  await page.getByRole('button', { name: 'Replace “wolf” by “dog”' }).click();
  await expect(field).toHaveValue('a dog on the beech');
  await page.getByRole('group', { name: 'Spelled alike' }).getByRole('button').click();
  await expect(field).toHaveValue('a dog on the beach');
  await expect(page.locator('mark[data-unknown=true]')).toHaveCount(0);
  await expect(page.getByText('was not taught')).toBeHidden();
});
