import { resolve } from 'node:path';

import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Locator, type Page } from '@playwright/test';

import { lookAt } from './support/look-at.ts';
import { pinFiles, runEnd, wordButton } from './support/page-driver.ts';
import { smoke, test } from './support/tiny-model.ts';

const dog = 'public/models/picturebook/samples/dog-spotted.png';
const caption = (page: Page) => page.getByRole('textbox', { name: 'Caption' });
const chips = (page: Page) => page.getByRole('region', { name: 'Style', exact: true });
const chip = (page: Page, name: string) => chips(page).getByRole('button', { name, exact: true });
const well = (page: Page, name: string) => page.getByRole('group', { name, exact: true });
const hint = (page: Page) => page.getByRole('note', { name: 'First steps' });
const undo = (page: Page) => page.getByRole('button', { name: 'Undo' }).last();

async function isClean(page: Page): Promise<void> {
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
}

async function dropOn(page: Page, target: Locator, path: string): Promise<void> {
  const box = await target.boundingBox();
  const session = await page.context().newCDPSession(page);
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
    await session.send('Input.dispatchDragEvent', {
      type,
      x: (box?.x ?? 0) + 8,
      y: (box?.y ?? 0) + 8,
      data: { items: [], files: [resolve(path)], dragOperationsMask: 1 },
    });
  await session.detach();
}

test('a style adds its words to the caption and takes them away; pins and weights stay', async ({ page }) => {
  await page.goto('/?caption=a (dog:1.2) on the beach&provider=wasm');
  await pinFiles(page, 4, [dog]);
  await chip(page, 'Night').click();
  await expect(caption(page)).toHaveValue('a (dog:1.2) on the beach at night');
  await expect(chip(page, 'Night')).toHaveAttribute('aria-pressed', 'true');
  await chip(page, 'Sunset').press('Enter');
  await chip(page, 'Night').press('Space');
  await expect(caption(page)).toHaveValue('a (dog:1.2) on the beach at sunset');
  await expect(wordButton(page, 4)).toHaveAccessibleName('beach, 1 picture pinned');
  await chip(page, 'Sunset').click();
  await expect(caption(page)).toHaveValue('a (dog:1.2) on the beach');
  await expect(page.locator('mark[data-unknown=true]')).toHaveCount(0);
});

test('a style of one’s own is saved from the caption, renamed, deleted, had back, and there after a reload', async ({
  page,
}) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto('/?caption=a dog, pink stripes&provider=wasm');
  await chips(page).getByRole('button', { name: 'Your styles' }).click();
  const popover = page.getByRole('dialog', { name: 'Your styles' });
  await expect(popover.getByRole('textbox', { name: 'Words that it adds' })).toHaveValue('pink stripes');
  await popover.getByRole('textbox', { name: 'Name', exact: true }).fill('night');
  await page.keyboard.press('Enter');
  await expect(popover.getByText('There is a style “night” already: choose another name.')).toBeVisible();
  await isClean(page);
  await popover.getByRole('textbox', { name: 'Name', exact: true }).fill('Candy');
  await popover.getByRole('button', { name: 'Save' }).click();
  await expect(chip(page, 'Candy')).toHaveAttribute('aria-pressed', 'true');
  await popover.getByRole('textbox', { name: 'Name of “Candy”' }).fill('Sweets');
  await page.keyboard.press('Enter');
  await expect(chip(page, 'Sweets')).toBeVisible();
  await isClean(page);
  await popover.getByRole('button', { name: 'Delete the style Sweets' }).click();
  await expect(chip(page, 'Sweets')).toBeHidden();
  await undo(page).click();
  await expect(chip(page, 'Sweets')).toBeVisible();
  await page.reload();
  await chip(page, 'Sweets').click();
  await expect(caption(page)).toHaveValue('a dog');
});

test('pictures in the wells write the caption and its pins; typing closes the wells', smoke, async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto('/?provider=wasm');
  await page.getByRole('button', { name: 'Examples' }).click();
  await page.getByRole('menuitem', { name: /^Your own pictures/u }).click();
  await expect(caption(page)).toHaveValue('');
  await isClean(page);

  await dropOn(page, well(page, 'What'), dog);
  await expect(caption(page)).toHaveValue('a dog');
  await expect(page.locator('[data-word][data-pinned=true]')).toHaveCount(2);
  const noun = page.getByRole('combobox', { name: 'What is it?' });
  await expect(noun).toHaveValue('dog');
  await noun.fill('elephant');
  await expect(caption(page)).toHaveValue('an elephant');
  await expect(noun).toBeFocused();
  await isClean(page);

  await well(page, 'What').getByRole('button', { name: 'Take the picture out of “What”' }).press('Enter');
  await expect(caption(page)).toHaveValue('');
  await expect(well(page, 'What').getByLabel('What: a picture of your subject')).toBeFocused();
  await undo(page).click();
  await expect(caption(page)).toHaveValue('an elephant');
  await expect(wordButton(page, 1)).toHaveAccessibleName('elephant, 1 picture pinned');

  await caption(page).press('End');
  await caption(page).pressSequentially(' on');
  await expect(well(page, 'What')).toBeHidden();
  await expect(wordButton(page, 1)).toHaveAccessibleName('elephant, 1 picture pinned');
});

test('the picture book says in words where and when a picture is, which can be corrected', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto('/?provider=wasm');
  await caption(page).fill('');
  const meadow = { caption: 'a picture in the meadow', path: dog };
  await well(page, 'Where').getByLabel('Where: a picture of the scene').setInputFiles(meadow.path);
  await expect(caption(page)).toHaveValue(meadow.caption);
  await dropOn(page, well(page, 'How'), meadow.path);
  await expect(page.getByRole('combobox', { name: 'When is it?' })).toHaveValue('');
  await dropOn(page, well(page, 'What'), dog);
  await expect(caption(page)).toHaveValue('a dog in the meadow');
  await expect(page.locator('[data-word][data-pinned=true]')).toHaveCount(2);
  await lookAt(page, 'wells-where');
  await isClean(page);

  await page.getByRole('combobox', { name: 'Where is it?' }).selectOption('in the snow');
  await page.getByRole('combobox', { name: 'When is it?' }).selectOption('at night');
  await expect(caption(page)).toHaveValue('a dog in the snow at night');
  await well(page, 'Where').getByRole('button', { name: 'Take the picture out of “Where”' }).click();
  await expect(caption(page)).toHaveValue('a dog at night');
  await expect(wordButton(page, 1)).toHaveAccessibleName('dog, 1 picture pinned');
});

test('a file that is no picture is refused in its well, and a sample starts in its place', async ({ page }) => {
  await page.goto('/?provider=wasm');
  await caption(page).fill('');
  await well(page, 'What').getByLabel('What: a picture of your subject').setInputFiles('package.json');
  await expect(well(page, 'What').getByRole('alert')).toContainText('package.json');
  await page.getByRole('button', { name: 'Start with the sample Spotted car' }).click();
  await expect(caption(page)).toHaveValue('a car');
  await expect(well(page, 'What').getByRole('alert')).toBeEmpty();
});

test('the first three actions have a hint each, once', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto('/?steps=1&provider=wasm');
  await expect(hint(page)).toHaveText(/^Press Generate/u);
  await isClean(page);
  await page.getByRole('button', { name: 'Generate' }).click();
  await expect(hint(page)).toBeHidden();
  expect(await runEnd(page)).toBe('done');
  await expect(hint(page)).toHaveText(/^Click a word above/u);
  await hint(page).getByRole('button', { name: 'Close this hint' }).press('Enter');
  await expect(hint(page)).toHaveText(/^Move α/u);
  await expect(chip(page, 'Night')).toBeFocused();
  await isClean(page);
  await page.reload();
  await expect(hint(page)).toHaveText(/^Move α/u);
  await page.getByRole('slider', { name: 'Text or subject (α)' }).press('ArrowLeft');
  await expect(hint(page)).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole('button', { name: 'Generate' })).toBeVisible();
  await expect(hint(page)).toHaveCount(0);
});
