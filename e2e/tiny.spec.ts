import { readFile } from 'node:fs/promises';

import { expect } from '@playwright/test';

import { chooseFiles, closeDialog, makePicture, modelReady, section } from './support/model-dialog.ts';
import { downloadPicture, openAdvanced } from './support/page-driver.ts';
import { test } from './support/tiny-model.ts';

const folder = 'workers/reference/data/tiny-autoencoder';
const halves = ['taesd_encoder.safetensors', 'taesd_decoder.safetensors'].map((name) => `${folder}/${name}`);

test('a tiny autoencoder is added, finishes a picture, shows its steps, and is taken away', async ({ page, open }) => {
  await open({ provider: 'wasm' });
  await modelReady(page);
  await openAdvanced(page);
  const settings = page.getByRole('region', { name: 'Settings' });
  await expect(settings.getByLabel('Decoder')).toHaveCount(0);
  const full = await makePicture(page);

  const part = await section(page, 'Tiny autoencoder');
  const load = page
    .getByRole('dialog', { name: 'Model' })
    .getByRole('button', { name: /^(?:Load|Try again)$/u })
    .first();
  await chooseFiles(part, 'Open tiny autoencoder files', 'workers/reference/data/look/plus.safetensors');
  await load.click();
  await expect(part.getByText('"plus.safetensors" is no tiny autoencoder')).toBeVisible();
  await part.getByRole('button', { name: 'Remove plus.safetensors' }).click();
  await chooseFiles(part, 'Open tiny autoencoder files', halves);
  await load.click();
  await modelReady(page);
  await closeDialog(page);

  expect(await makePicture(page), 'nothing changes until it is chosen').toBe(full);
  await settings.getByLabel('Decoder').selectOption('tiny');
  await settings.getByLabel('Previews').selectOption('tiny');
  await page.evaluate(() => {
    const widths: number[] = [];
    Object.assign(globalThis, { previewWidths: widths });
    new MutationObserver(() => {
      const canvas = document.querySelector('[role=img] canvas');
      if (canvas instanceof HTMLCanvasElement) widths.push(canvas.width);
    }).observe(document.body, { subtree: true, childList: true, attributes: true });
  });
  expect(await makePicture(page)).not.toBe(full);
  // Four times the picture's 64 pixels; a linear preview has one pixel a latent pixel, four times 8.
  expect(await page.evaluate(() => Reflect.get(globalThis, 'previewWidths') as number[])).toContain(256);
  const download = await downloadPicture(page);
  const png = await readFile(await download.path());
  expect(png.includes('Decoder: Tiny (quick)')).toBe(true);
  expect(png.includes('Tiny autoencoder: taesd_decoder')).toBe(true);

  const again = await section(page, 'Tiny autoencoder');
  await again.getByRole('button', { name: /^Remove / }).click();
  await page.getByRole('dialog', { name: 'Model' }).getByRole('button', { name: 'Load', exact: true }).first().click();
  await modelReady(page);
  await closeDialog(page);
  await expect(settings.getByLabel('Decoder')).toHaveCount(0);
  expect(await makePicture(page)).toBe(full);
});
