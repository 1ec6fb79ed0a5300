import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from '@playwright/test';

import { writeCheckpointFile, writeSingleFile } from './support/checkpoint-variants.ts';
import { dropOnPage, makePicture, modelReady, section } from './support/model-dialog.ts';
import { stage } from './support/page-driver.ts';
import { test } from './support/tiny-model.ts';

test('a .ckpt makes the picture of its safetensors file; one without a VAE takes another’s', async ({
  page,
  modelUrl,
}) => {
  const folder = await mkdtemp(join(tmpdir(), 'ckpt-'));
  const [safetensors, whole, bare] = ['model.safetensors', 'whole.ckpt', 'bare.ckpt'].map((name) => join(folder, name));
  if (safetensors === undefined || whole === undefined || bare === undefined) throw new RangeError('no path');
  await writeSingleFile(safetensors);
  await writeCheckpointFile(safetensors, whole, { vae: true });
  await writeCheckpointFile(safetensors, bare, { vae: false });
  await page.goto('/?caption=a dog on the beach&steps=1&seed=7&width=64&height=64&provider=wasm');

  await dropOnPage(page, [safetensors]);
  await expect(page.getByText('Loading model.safetensors.')).toBeVisible();
  await modelReady(page);
  const picture = await makePicture(page);
  await dropOnPage(page, [whole]);
  await expect(page.getByText('Loading whole.ckpt.')).toBeVisible();
  await modelReady(page);
  expect(await makePicture(page)).toBe(picture);

  const borrow = async (): Promise<void> => {
    const vae = await section(page, 'VAE');
    await vae.getByRole('textbox').fill(modelUrl);
    await vae.getByRole('button', { name: /^Use/ }).click();
  };
  await borrow();
  const borrowed = await makePicture(page);
  expect(borrowed).not.toBe(picture);
  await (await section(page, 'VAE')).getByRole('button', { name: 'Use the model’s own' }).click();
  await page.getByRole('dialog', { name: 'Model' }).getByRole('button', { name: 'Close' }).click();

  await dropOnPage(page, [bare]);
  await expect(stage(page).getByRole('alert').first()).toContainText('VAE');
  await borrow();
  expect(await makePicture(page)).toBe(borrowed);
});
