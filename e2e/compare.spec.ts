import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

import { chooseFiles, closeDialog, dropOnPage, makePicture, modelReady, section } from './support/model-dialog.ts';
import { modelSettled, pinFiles, savedBy, stage, unpinAll, wordButton } from './support/page-driver.ts';
import { serve } from './support/site.ts';
import { test } from './support/tiny-model.ts';

const row = (page: Page, axis = 'α') => page.getByRole('region', { name: `Compared by ${axis}` });
const cells = (page: Page, axis?: string) => row(page, axis).getByRole('listitem').getByRole('button');
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
  await row(page).getByRole('button', { name: 'Scores' }).click();
  for (const cell of await cells(page).all())
    await expect(cell).toHaveAccessibleName(/near to the subject: -?\d\.\d\d .*near to the caption: -?\d\.\d\d/u);
  await expect(row(page)).not.toContainText('Scoring');
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
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.screenshot({ path: `test-results/screenshots/compare-phone-${colorScheme}.png`, fullPage: true });
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  }
  await page.setViewportSize({ width: 1440, height: 900 });

  const sheet = await savedBy(page, row(page).getByRole('button', { name: 'Download sheet' }));
  await sheet.saveAs('test-results/screenshots/compare-sheet.png');

  // Scores are kept with the pictures: nothing is made again for them.
  const figures = await cells(page).allInnerTexts();
  await page.reload();
  await pictures(page).first().click();
  expect(await cells(page).allInnerTexts()).toEqual(figures);

  await row(page).getByRole('button', { name: 'α 0.75' }).click();
  await row(page).getByRole('button', { name: 'Keep this one' }).click();
  await expect(pictures(page)).toHaveCount(1);
  await expect(page.getByRole('slider', { name: 'Text or subject (α)' })).toHaveValue('0.75');
  await page.getByRole('button', { name: 'Undo all' }).click();
  await expect(pictures(page)).toHaveCount(5);
});

async function compareBy(page: Page, axis: string): Promise<void> {
  await page.getByRole('button', { name: 'What to compare' }).click();
  await page.getByRole('combobox', { name: 'One value' }).selectOption({ label: axis });
}

/** Waits until nothing forms and nothing waits. */
async function allMade(page: Page): Promise<void> {
  await expect(page.getByRole('list', { name: 'Pictures that wait' })).toBeHidden();
  await expect(page.locator('[data-run=running]')).toBeHidden();
}

test('methods side by side: the caption, a detailed one that is typed, the pseudo-word; one is kept, and undone', async ({
  page,
}) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto('/?provider=wasm&steps=1');
  await modelSettled(page, 300_000);
  const caption = page.getByRole('textbox', { name: 'Caption' });
  const before = await caption.inputValue();
  await compareBy(page, 'Method');
  const compare = page.getByRole('button', { name: /^Compare methods/ });
  const detailed = page.getByRole('textbox', { name: 'Detailed caption' });
  await expect(detailed).toHaveAccessibleDescription(/Empty, it is left out/u);
  await expect(compare).toHaveText('Compare methods2 pictures');
  await detailed.fill('an orange striped cat with a red hat in the snow');
  await expect(compare).toHaveText('Compare methods3 pictures');
  await page.screenshot({ path: 'test-results/screenshots/compare-methods-popover.png' });
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await page.keyboard.press('Escape');
  await compare.click();
  await expect(cells(page, 'Method')).toHaveText([
    'Method plain caption',
    'Method detailed caption',
    'Method pseudo-word',
  ]);
  await allMade(page);
  await row(page, 'Method').getByRole('button', { name: 'Scores' }).click();
  // All by the page's own subject and caption, also those that were made without either.
  for (const cell of await cells(page, 'Method').all())
    await expect(cell).toHaveAccessibleName(/near to the subject: .*near to the caption: /u);
  await page.screenshot({ path: 'test-results/screenshots/compare-methods.png' });
  await cells(page, 'Method').nth(1).click();
  await row(page, 'Method').getByRole('button', { name: 'Keep this one' }).click();
  await expect(caption).toHaveValue('an orange striped cat with a red hat in the snow');
  await page
    .getByText('The page has the caption of this picture, and no pins.')
    .locator('..')
    .getByRole('button', { name: 'Undo' })
    .click();
  await expect(caption).toHaveValue(before);
  await expect(page.locator('[data-word][data-pinned=true]')).not.toHaveCount(0);
});

test('without pins captions alone are scored', async ({ page }) => {
  await page.goto('/?provider=wasm&steps=1');
  await modelSettled(page, 300_000);
  await unpinAll(page);
  await compareBy(page, 'Seed');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^Compare Seed/ }).click();
  await expect(cells(page, 'Seed')).toHaveCount(5);
  await allMade(page);
  await row(page, 'Seed').getByRole('button', { name: 'Scores' }).click();
  for (const cell of await cells(page, 'Seed').all()) {
    await expect(cell).toHaveAccessibleName(/near to the caption: /u);
    await expect(cell).not.toHaveAccessibleName(/near to the subject/u);
  }
});

test('a finished picture is dragged onto a word and onto “Start from”; a button does both without a mouse', async ({
  page,
}) => {
  await page.goto('/?provider=wasm&steps=1');
  await modelSettled(page, 300_000);
  await makePicture(page);
  const word = wordButton(page, 0);
  await expect(word).toHaveAttribute('data-pinned', 'false');
  await pictures(page).first().dragTo(word);
  await expect(word).toHaveAttribute('data-pinned', 'true');
  await page.keyboard.press('Escape');
  const start = page.getByRole('region', { name: 'Start from' });
  await stage(page).getByRole('img').first().dragTo(start);
  await expect(start).toContainText(/pinword-.*\.png/u);
  // Beside every place for it, it is left where it was: its settings are not taken.
  await expect(page.getByText('Caption, pins and settings of this picture are back.')).toBeHidden();
  await start.getByRole('button', { name: /^Do not start from/u }).click();

  const actions = page.getByRole('group', { name: 'Picture actions' });
  await actions.getByRole('button', { name: 'Start from this' }).press('Enter');
  await expect(start).toContainText(/pinword-.*\.png/u);
  await actions.getByRole('button', { name: 'Pin this on a word' }).press('Enter');
  const question = page.getByRole('dialog', { name: 'Which word is it?' });
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await question.getByRole('group', { name: 'Words of the caption' }).getByRole('button').nth(2).press('Enter');
  await expect(wordButton(page, 2)).toHaveAttribute('data-pinned', 'true');
});

test('the weight of a LoRA file, and the strength of one pin’s look, where there is one', async ({ page, open }) => {
  const encoders = await serve('workers/reference/data/look');
  await open({ provider: 'wasm', steps: '1' });
  await modelReady(page);
  await pinFiles(page, 1, ['public/models/picturebook/samples/dog-spotted.png']);
  await page.getByRole('button', { name: 'What to compare' }).click();
  const axes = page.getByRole('combobox', { name: 'One value' }).getByRole('option');
  await expect(axes).toHaveText(['α', 'Method', 'Guidance', 'Steps', 'Seed', 'Scheduler']);
  await page.keyboard.press('Escape');

  await chooseFiles(await section(page, 'LoRA'), 'Add LoRA files', 'workers/reference/data/addons/lora.safetensors');
  const whole = await makePicture(page);
  await compareBy(page, 'LoRA');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^Compare LoRA lora/ }).click();
  await expect(cells(page, 'LoRA lora')).toHaveCount(5);
  await allMade(page);
  const hashes = await cells(page, 'LoRA lora')
    .locator('img')
    .evaluateAll((images) =>
      Promise.all(
        images.map(async (image) => {
          if (!(image instanceof HTMLImageElement)) throw new Error('no picture');
          const bytes = await (await fetch(image.src)).arrayBuffer();
          const bitmap = await createImageBitmap(new Blob([bytes]));
          const context = new OffscreenCanvas(bitmap.width, bitmap.height).getContext('2d');
          context?.drawImage(bitmap, 0, 0);
          return context?.getImageData(0, 0, bitmap.width, bitmap.height).data.join() ?? '';
        }),
      ),
    );
  expect(new Set(hashes).size).toBe(5);
  // The chosen weight stands, and is what the next picture is made with.
  expect(await makePicture(page)).toBe(whole);

  // This model has no text projection: that is said, and the subject alone is scored.
  await pictures(page).nth(2).click();
  await row(page, 'LoRA lora').getByRole('button', { name: 'Scores' }).click();
  await expect(row(page, 'LoRA lora')).toContainText('has no text projection, so captions are not scored.');
  for (const cell of await cells(page, 'LoRA lora').all()) {
    await expect(cell).toHaveAccessibleName(/near to the subject: /u);
    await expect(cell).not.toHaveAccessibleName(/near to the caption/u);
  }

  await dropOnPage(page, ['workers/reference/data/look/plus.safetensors']);
  const adapters = await section(page, 'Look');
  await adapters.getByRole('textbox', { name: 'Its image encoder from another repository' }).fill(encoders.url);
  await adapters.getByRole('button', { name: 'Use: Its image encoder from another repository' }).click();
  await page.getByRole('dialog', { name: 'Model' }).getByRole('button', { name: 'Load', exact: true }).click();
  await modelReady(page);
  await closeDialog(page);
  await compareBy(page, 'Look');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^Compare Look of “dog”/u }).click();
  await expect(cells(page, 'Look of “dog”')).toHaveCount(5);
  await allMade(page);
  await cells(page, 'Look of “dog”').nth(1).click();
  await row(page, 'Look of “dog”').getByRole('button', { name: 'Keep this one' }).click();
  await wordButton(page, 1).click();
  await expect(page.getByRole('dialog').getByRole('slider', { name: 'Strength' })).toHaveValue('0.25');
  await encoders.close();
});
