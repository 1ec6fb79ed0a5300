import { readFile } from 'node:fs/promises';

import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';
import UPNG from 'upng-js';

import { downloadPicture, modelSettled, runEnd, stage } from './page-driver.ts';
import { test } from './tiny-model.ts';

const sample = 'public/models/picturebook/samples/car-spotted.png';
const field = (page: Page) => page.getByRole('region', { name: 'Start from' });
const surface = (page: Page) => page.getByRole('button', { name: /^Mark what is to change/ });
const pictures = (page: Page) => page.getByRole('region', { name: 'Your pictures' }).getByRole('button');

interface Decoded {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
  readonly parameters: string;
}

function decode(png: Buffer): Decoded {
  const image = UPNG.decode(new Uint8Array(png).buffer);
  const [rgba = new ArrayBuffer(0)] = UPNG.toRGBA8(image);
  const parameters = image.tabs.iTXt?.['parameters'] ?? '';
  return { width: image.width, height: image.height, rgba: new Uint8Array(rgba), parameters };
}

async function downloaded(page: Page): Promise<Decoded> {
  return decode(await readFile(await (await downloadPicture(page)).path()));
}

test('a part of a picture becomes the pinned subject, and the rest stays to the pixel', async ({ page, problems }) => {
  await page.goto('/?provider=wasm&steps=4');
  await modelSettled(page, 300_000);
  await field(page).getByLabel('A picture…').setInputFiles(sample);
  await expect(field(page).getByRole('slider', { name: 'Strength' })).toHaveValue('0.75');
  await field(page).getByRole('button', { name: 'Change only a part' }).click();
  const tools = page.getByRole('group', { name: 'Mask tools' });
  await expect(tools).toContainText('Nothing is marked yet');

  // With the keyboard: a rectangle.
  await surface(page).focus();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Enter');
  await expect(tools).toContainText(/\d+ % is marked/);
  const byKey = await tools.getByRole('status').innerText();
  await page.screenshot({ path: 'test-results/screenshots/mask-keyboard.png' });

  // With the pointer: a stroke, taken back.
  const box = await surface(page).boundingBox();
  if (box === null) throw new Error('The picture is not on the stage.');
  await page.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.8);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.75, box.y + box.height * 0.8, { steps: 4 });
  await page.mouse.up();
  await expect(tools.getByRole('status')).not.toHaveText(byKey);
  await page.screenshot({ path: 'test-results/screenshots/mask.png' });
  await tools.getByRole('button', { name: 'Undo the last stroke' }).click();
  await expect(tools.getByRole('status')).toHaveText(byKey);
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await tools.getByRole('button', { name: 'Done' }).click();

  await page.reload();
  await modelSettled(page, 300_000);
  await expect(field(page).getByRole('button', { name: 'Change the marked part' })).toBeVisible();
  await page.getByRole('button', { name: 'Generate' }).click();
  expect(await runEnd(page)).toBe('done');
  await page.screenshot({ path: 'test-results/screenshots/inpainted.png' });

  const made = await downloaded(page);
  const original = decode(await readFile(sample));
  expect([made.width, made.height]).toEqual([original.width, original.height]);
  expect(made.parameters).toContain('Denoising strength: 0.75');
  expect(made.parameters).toContain('Started from: car-spotted.png (marked part)');
  const row = (picture: Decoded, y: number) => picture.rgba.slice(y * picture.width * 4, (y + 1) * picture.width * 4);
  expect(row(made, 4)).toEqual(row(original, 4));
  expect(row(made, original.height - 4)).toEqual(row(original, original.height - 4));
  const middle = Math.round(original.height / 2);
  expect(row(made, middle)).not.toEqual(row(original, middle));
  expect(problems).toEqual([]);
});

test('a finished picture is made larger, gets others like it, and is started from', async ({
  page,
  open,
  problems,
}) => {
  await open({ provider: 'wasm' });
  await page.getByRole('button', { name: 'Generate' }).click();
  expect(await runEnd(page)).toBe('done');
  await page.screenshot({ path: 'test-results/screenshots/follow-ups.png' });
  await page.getByRole('button', { name: 'Make larger ×2' }).click();
  await expect(pictures(page)).toHaveCount(2);
  const larger = await downloaded(page);
  expect([larger.width, larger.height]).toEqual([128, 128]);
  expect(larger.parameters).toContain('Seed: 7');

  await page.getByRole('button', { name: 'Four more like this' }).click();
  await expect(pictures(page)).toHaveCount(6);
  expect(await runEnd(page)).toBe('done');
  const other = await downloaded(page);
  expect(other.parameters).toMatch(/Seed: 7, .*Variation seed strength: 0\.25, Variation seed: \d+/);

  await page.getByRole('button', { name: 'Start from this' }).click();
  await expect(field(page)).toContainText('128 × 128');
  await page.screenshot({ path: 'test-results/screenshots/start-field.png' });
  await field(page)
    .getByRole('button', { name: /^Do not start from/ })
    .click();
  await expect(field(page)).toContainText('the picture forms out of noise');
  expect(problems).toEqual([]);
});

test('what cannot be started from says so, and a mask of everything is refused', async ({ page, open }) => {
  await open({ provider: 'wasm' });
  await field(page)
    .getByLabel('A picture…')
    .setInputFiles({ name: 'broken.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
  await expect(field(page).getByRole('alert')).toContainText('This file is not a picture');
  await field(page).getByLabel('A picture…').setInputFiles(sample);
  await field(page).getByRole('button', { name: 'Change only a part' }).click();
  const tools = page.getByRole('group', { name: 'Mask tools' });
  await tools.getByRole('button', { name: 'Invert' }).click();
  await expect(tools).toContainText('All of it is marked');
  await page.getByRole('button', { name: 'Generate' }).click();
  expect(await runEnd(page)).toBe('failed');
  await expect(stage(page).getByRole('alert')).toContainText('The mask covers the whole picture');
});
