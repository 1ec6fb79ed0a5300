import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, type Page } from '@playwright/test';

import { copyTiny, flagEverything, otherImageEncoder, writeSingleFile } from './support/checkpoint-variants.ts';
import { type HubPage, openHubPage } from './support/hub-page.ts';
import type { HubServer } from '../workers/testing/hub-server/hub-server.ts';
import {
  chooseFiles,
  closeDialog,
  dropOnPage,
  loadFromHub,
  makePicture,
  modelReady,
  pixelHash,
  section,
} from './support/model-dialog.ts';
import { pinFiles, stage, wordButton } from './support/page-driver.ts';
import { test } from './support/tiny-model.ts';

const dog = 'public/models/picturebook/samples/dog-spotted.png';
const addons = 'workers/reference/data/addons';
const tiny = 'workers/reference/data/sd15';

let folder = '';
let hub: HubServer;
let page: Page;
let close: HubPage['close'];
/** The tiny checkpoint's picture of the caption alone, and with a picture pinned on "dog". */
let plain = '';
let pinned = '';

/** One page for all: each test goes on where the one before ended. */
test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({ browser }) => {
  folder = await mkdtemp(join(tmpdir(), 'addons-'));
  await copyTiny(join(folder, 'flagging'));
  await flagEverything(join(folder, 'flagging'));
  await copyTiny(join(folder, 'vision'));
  await otherImageEncoder(join(folder, 'vision'));
  await writeSingleFile(join(folder, 'single.safetensors'));
  ({ hub, page, close } = await openHubPage(browser, folder, {
    'someone/flagging': join(folder, 'flagging'),
    'someone/vision': join(folder, 'vision'),
  }));
});

test.afterAll(() => close());

test('a folder that is chosen, and one that is dropped', async ({ baseURL }) => {
  await page.goto(
    `${baseURL ?? ''}/?caption=a dog on the beach&steps=1&seed=7&width=64&height=64&alpha=1&provider=wasm`,
  );
  await chooseFiles(await section(page, 'My own'), 'Open a model folder', tiny);
  await modelReady(page);
  plain = await makePicture(page);
  await dropOnPage(page, [tiny]);
  await expect(page.getByText('Loading sd15.')).toBeVisible();
  await modelReady(page);
  expect(await makePicture(page)).toBe(plain);
});

test('a LoRA changes the picture with its weight, and taken away leaves it as it was', async () => {
  const loras = await section(page, 'LoRA');
  await chooseFiles(loras, 'Add LoRA files', join(addons, 'lora.safetensors'));
  const whole = await makePicture(page);
  expect(whole).not.toBe(plain);
  const weight = (await section(page, 'LoRA')).getByRole('spinbutton', { name: 'Weight of lora.safetensors' });
  await weight.fill('0.5');
  await weight.press('Enter');
  const half = await makePicture(page);
  expect([plain, whole]).not.toContain(half);
  await (await section(page, 'LoRA')).getByRole('button', { name: 'Remove lora.safetensors' }).click();
  expect(await makePicture(page)).toBe(plain);
});

test('projector files with their licence: published ones, dropped ones, and our own format', async () => {
  await pinFiles(page, 1, [dog]);
  pinned = await makePicture(page);
  expect(pinned).not.toBe(plain);

  await chooseFiles(await section(page, 'Projector'), 'Open a projector file', join(addons, 'lincir_large.pt'));
  const installed = (await section(page, 'Projector')).getByRole('listitem');
  await expect(installed.filter({ hasText: 'lincir_large.pt' })).toContainText('CC BY-NC 4.0: not for commercial use');
  const lincir = await makePicture(page);
  expect([plain, pinned]).not.toContain(lincir);

  await dropOnPage(page, [join(addons, 'pic2word_large.pt')]);
  await expect(page.getByText(/pic2word_large.pt is in use when the model loads next. Apache 2.0/)).toBeVisible();
  expect([plain, pinned, lincir]).not.toContain(await makePicture(page));

  const own = ['model.safetensors', 'config.json'].map((name) => join(tiny, 'projector', name));
  await chooseFiles(await section(page, 'Projector'), 'Open a projector file', own);
  await expect(
    (await section(page, 'Projector')).getByRole('listitem').filter({ hasText: 'model.safetensors' }),
  ).toContainText('Licence not stated');
  expect(await makePicture(page)).toBe(pinned);
});

test('an image encoder from another repository sees the pinned picture otherwise', async () => {
  const projector = await section(page, 'Projector');
  await projector
    .getByRole('textbox', { name: 'Image encoder from another repository' })
    .fill(`${hub.origin}/someone/vision`);
  await projector.getByRole('button', { name: 'Use: Image encoder from another repository' }).click();
  expect([plain, pinned]).not.toContain(await makePicture(page));
  await (await section(page, 'Projector')).getByRole('button', { name: 'Use the model’s own' }).click();
  expect(await makePicture(page)).toBe(pinned);
});

test('a pinned picture is saved as an embedding, which makes the same picture; an embedding of others is pinned too', async () => {
  await wordButton(page, 1).click();
  const popover = page.getByRole('dialog');
  const download = page.waitForEvent('download');
  await popover.getByRole('button', { name: 'Save as an embedding' }).click();
  const saved = await download;
  expect(saved.suggestedFilename()).toBe('pinword-dog.safetensors');
  const path = join(folder, saved.suggestedFilename());
  await saved.saveAs(path);
  await popover.getByRole('button', { name: 'Unpin dog-spotted.png' }).click();
  await popover.getByRole('button', { name: 'Close' }).click();
  expect(await makePicture(page)).toBe(plain);

  await pinFiles(page, 1, [path]);
  expect(await makePicture(page)).toBe(pinned);
  await wordButton(page, 1).click();
  await popover.getByRole('button', { name: 'Unpin pinword-dog.safetensors' }).click();
  await popover.getByRole('button', { name: 'Close' }).click();
  await pinFiles(page, 1, [join(addons, 'embedding.pt')]);
  expect([plain, pinned]).not.toContain(await makePicture(page));
});

test('a picture that the safety checker flags is hidden behind a click, and kept', async () => {
  const pictures = page.getByRole('region', { name: 'Your pictures' }).getByRole('button');
  await loadFromHub(page, `${hub.origin}/someone/flagging`);
  await modelReady(page);
  await closeDialog(page);
  const before = await pictures.count();
  const hidden = await makePicture(page);
  await expect(stage(page).getByRole('img', { name: 'A hidden picture' })).toBeVisible();
  await expect(pictures).toHaveCount(before + 1);
  await stage(page).getByRole('button', { name: 'Show the picture' }).click();
  await expect(stage(page).getByRole('img', { name: 'a dog on the beach' })).toBeVisible();
  expect(await pixelHash(page)).toBe(hidden);
});

test('a single file with the original keys that is dropped on the page', async () => {
  await wordButton(page, 1).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Unpin embedding.pt' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await expect(page.getByRole('dialog')).toBeHidden();
  await dropOnPage(page, [join(folder, 'single.safetensors')]);
  await expect(page.getByRole('button', { name: 'Model: single.safetensors' })).toBeVisible();
  expect(await makePicture(page)).not.toBe(plain);
  // The projector that was chosen for another model does not fit this one: it is left out, and that is said.
  await page.getByRole('button', { name: 'Model: single.safetensors' }).click();
  await expect(page.getByRole('dialog')).toContainText(
    /makes words of 32 numbers, but this model's text encoder reads words of 64/,
  );
});
