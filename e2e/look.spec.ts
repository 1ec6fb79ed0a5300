import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Locator, type Page } from '@playwright/test';

import { lookAt } from './support/look-at.ts';
import { closeDialog, dropOnPage, makePicture, modelReady, section } from './support/model-dialog.ts';
import {
  acceptLinkedModel,
  downloadPicture,
  openAdvanced,
  pinFiles,
  stage,
  wordButton,
} from './support/page-driver.ts';
import { serve } from './support/site.ts';
import { test, tinyAddress } from './support/tiny-model.ts';

const dog = 'public/models/picturebook/samples/dog-spotted.png';
const cat = 'public/models/picturebook/samples/cat-striped.png';
const looks = 'workers/reference/data/look';

let folder = '';
let page: Page;
let encoders: Awaited<ReturnType<typeof serve>>;

/** One page for all: each test goes on where the one before ended. */
test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({ browser }) => {
  folder = await mkdtemp(join(tmpdir(), 'look-'));
  encoders = await serve(looks);
  page = await (await browser.newContext()).newPage();
});

test.afterAll(async () => {
  await page.context().close();
  await encoders.close();
  await rm(folder, { recursive: true });
});

async function popover(word: number): Promise<Locator> {
  await wordButton(page, word).click();
  return page.getByRole('dialog').getByRole('region', { name: /^Look of / });
}

async function closePopover(): Promise<void> {
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await expect(page.getByRole('dialog')).toBeHidden();
}

/** Random weights: the checker may flag their pictures, and nothing is placed on one that is hidden. */
async function reveal(): Promise<void> {
  const flagged = stage(page).getByRole('button', { name: 'Show the picture' });
  if (await flagged.isVisible()) await flagged.click();
}

const place = (word: string): Locator =>
  stage(page).getByRole('button', { name: new RegExp(`^Place of “${word}”`, 'u') });
const marker = (word: string): Locator =>
  stage(page).getByRole('button', { name: `Bind “${word}” to a place in the picture` });

test('an adapter that is dropped on the page, and its image encoder, are named; their kind is said once they are there', async ({
  baseURL,
  modelUrl,
}) => {
  await page.goto(
    `${baseURL ?? ''}${tinyAddress(modelUrl, { provider: 'wasm', alpha: '1', caption: 'a dog and a cat' })}`,
  );
  await acceptLinkedModel(page);
  await modelReady(page);
  await dropOnPage(page, [join(looks, 'plus.safetensors')]);
  await expect(
    page.getByText('plus.safetensors gives pinned pictures a look when the model loads next.'),
  ).toBeVisible();
  const adapters = await section(page, 'Look');
  await adapters.getByRole('textbox', { name: 'Its image encoder from another repository' }).fill(encoders.url);
  await adapters.getByRole('button', { name: 'Use: Its image encoder from another repository' }).click();
  await page.getByRole('dialog', { name: 'Model' }).getByRole('button', { name: 'Load', exact: true }).click();
  await modelReady(page);
  await expect(adapters).toContainText('IP-Adapter Plus, 5 tokens');
  await expect(adapters).toContainText('Its image encoder: 127.0.0.1');
  await closeDialog(page);
  await pinFiles(page, 1, [dog]);
  await page.screenshot({ path: 'test-results/screenshots/look-empty.png' });
  await popover(1);
  await lookAt(page, 'look-popover');
  await closePopover();
});

test('strength, what is taken over, and off each make another picture; strength 0 is the picture without the look', async () => {
  const whole = await makePicture(page);
  const set = async (change: (look: Locator) => Promise<void>): Promise<string> => {
    await change(await popover(1));
    await closePopover();
    return makePicture(page);
  };
  const half = await set((look) => look.getByRole('slider', { name: 'Strength' }).fill('0.5'));
  const style = await set((look) => look.getByRole('radio', { name: 'How it is made' }).check());
  const none = await set((look) => look.getByRole('slider', { name: 'Strength' }).fill('0'));
  const off = await set((look) => look.getByRole('switch', { name: 'Look' }).uncheck());
  expect(new Set([whole, half, style, none]).size).toBe(4);
  expect(off).toBe(none);
  await set(async (look) => {
    await look.getByRole('switch', { name: 'Look' }).check();
    await look.getByRole('slider', { name: 'Strength' }).fill('1');
    await look.getByRole('radio', { name: 'What it is' }).check();
  });
});

test('strength moves while the picture forms, and the recipe says so', async () => {
  await openAdvanced(page);
  await page.getByRole('spinbutton', { name: 'Steps', exact: true }).fill('400');
  const look = await popover(1);
  await page.keyboard.press('Control+Enter');
  await stage(page)
    .getByRole('img', { name: /^Preview of/u })
    .waitFor();
  await look.getByRole('slider', { name: 'Strength' }).press('ArrowLeft');
  await page.locator('[data-run=done]').waitFor();
  await closePopover();
  await expect(stage(page).getByText('(moved)')).toBeVisible();
});

test('a marker that is dragged onto the picture becomes a place, which is moved, sized and removed', async () => {
  await reveal();
  await pinFiles(page, 4, [cat]);
  const box = await stage(page).locator('[data-frame]').boundingBox();
  const from = await marker('dog').boundingBox();
  if (box === null || from === null) throw new Error('nothing on the stage');
  await page.mouse.move(from.x + 10, from.y + 10);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.3, box.y + box.height * 0.5, { steps: 5 });
  await page.mouse.up();
  await expect(place('dog')).toHaveAccessibleName(/10 % from the left, 30 % from the top, 40 % wide, 40 % high/u);
  await expect(place('dog')).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Shift+ArrowDown');
  await expect(place('dog')).toHaveAccessibleName(/12 % from the left, 30 % from the top, 40 % wide, 42 % high/u);

  await marker('cat').press('Enter');
  await expect(place('cat')).toBeFocused();
  await page.keyboard.press('Delete');
  await expect(marker('cat')).toBeFocused();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(place('cat')).toBeVisible();
  await page.screenshot({ path: 'test-results/screenshots/look-places.png' });
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
});

test('looks and places survive a reload, and come back with the picture’s PNG', async () => {
  await makePicture(page);
  const named = await place('dog').count();
  expect(named).toBe(0);
  await reveal();
  await stage(page).getByRole('button', { name: 'Show places' }).click();
  await expect(place('dog')).toBeVisible();
  const path = join(folder, 'placed.png');
  await (await downloadPicture(page)).saveAs(path);

  await page.reload();
  await loadAgain();
  const look = await popover(1);
  await expect(look.getByRole('spinbutton', { name: 'Left' })).toHaveValue('12');
  await look.getByRole('button', { name: 'Let it be anywhere' }).click();
  await look.getByRole('slider', { name: 'Strength' }).fill('0.2');
  await closePopover();
  await dropOnPage(page, [path]);
  await expect(page.getByText('Caption, pins and settings of this picture are back.')).toBeVisible();
  const back = await popover(1);
  await expect(back.getByRole('spinbutton', { name: 'Height' })).toHaveValue('42');
  await expect(back.getByRole('slider', { name: 'Strength' })).toHaveValue('0.95');
  await closePopover();
});

/** A checkpoint behind an address is not loaded by itself at the next visit. */
async function loadAgain(): Promise<void> {
  await page.getByRole('button', { name: /^Model:/u }).click();
  await page.getByRole('dialog', { name: 'Model' }).getByRole('button', { name: 'Load', exact: true }).click();
  await modelReady(page);
  await closeDialog(page);
}

test('the button of a pinned word is dragged onto the picture, as its marker is, and opens nothing', async () => {
  await reveal();
  const box = await stage(page).locator('[data-frame]').boundingBox();
  const from = await wordButton(page, 1).boundingBox();
  if (box === null || from === null) throw new Error('nothing on the stage');
  await page.mouse.move(from.x + 10, from.y + 10);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.7, box.y + box.height * 0.5, { steps: 5 });
  await page.mouse.up();
  await expect(place('dog')).toHaveAccessibleName(/50 % from the left, 30 % from the top/u);
  await expect(page.getByRole('dialog')).toBeHidden();
});

test('with a look, pictures in all three wells are pinned, each for what it gives', async () => {
  await page.getByRole('textbox', { name: 'Caption' }).fill('');
  const well = (name: string): Locator => page.getByRole('group', { name, exact: true });
  await well('How').getByLabel('How: a picture of the style').setInputFiles(cat);
  await well('Where').getByLabel('Where: a picture of the scene').setInputFiles(cat);
  await well('What').getByLabel('What: a picture of your subject').setInputFiles(dog);
  await expect(page.getByRole('textbox', { name: 'Caption' })).toHaveValue('a dog in this place in this style');
  for (const [word, role] of [
    [1, 'What it is'],
    [4, 'Where things are'],
    [7, 'How it is made'],
  ] as const) {
    await expect((await popover(word)).getByRole('radio', { name: role })).toBeChecked();
    await closePopover();
  }
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await openAdvanced(page);
  await page.getByRole('spinbutton', { name: 'Steps', exact: true }).fill('2');
  expect(await makePicture(page)).toMatch(/^[0-9a-f]{64}$/);
});

test('an adapter for another network is refused by name, and removed with one press', async () => {
  const other = join(looks, 'image_encoder/model.safetensors');
  const adapters = await section(page, 'Look');
  await adapters.getByRole('button', { name: /^Remove / }).click();
  await adapters.getByLabel('Open an adapter file').setInputFiles(other);
  await page.getByRole('dialog', { name: 'Model' }).getByRole('button', { name: 'Load', exact: true }).click();
  await expect(adapters.getByText(/is no IP-Adapter/u)).toBeVisible();
  await adapters.getByRole('button', { name: /^Remove / }).click();
  await page.getByRole('dialog', { name: 'Model' }).getByRole('button', { name: 'Load', exact: true }).click();
  await modelReady(page);
  await closeDialog(page);
  await wordButton(page, 1).click();
  await expect(page.getByRole('dialog').getByRole('region', { name: /^Look of / })).toBeHidden();
});
