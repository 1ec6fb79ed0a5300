import { expect } from '@playwright/test';

import { closeDialog, makePicture, modelReady, section } from './support/model-dialog.ts';
import { pinFiles, wordButton } from './support/page-driver.ts';
import { test } from './support/tiny-model.ts';

const files = ['a1111.pt', 'learned_embeds.safetensors'].map(
  (file) => `workers/reference/data/pictures/embeddings/sd15/${file}`,
);

test('embeddings are used by their words, and come back with the settings of a picture', async ({
  page,
  open,
  problems,
}) => {
  await open({ caption: 'a Toy-Style, on the beach', steps: '1', provider: 'wasm' });
  await modelReady(page);
  const without = await makePicture(page);
  await expect(wordButton(page, 1)).toHaveAccessibleName('Toy-Style,, pin a picture');

  const list = (await section(page, 'Embeddings')).getByRole('listitem');
  await page.getByLabel('Add embedding files').setInputFiles(files);
  await expect(list).toHaveText([/a1111\.pt, 3 vectors/, /learned_embeds\.safetensors, 2 vectors/]);
  await expect(page.getByLabel('Word for a1111.pt')).toHaveValue('toy-style');
  await closeDialog(page);
  await expect(wordButton(page, 1)).toHaveAccessibleName('Toy-Style,, embedding toy-style, pin a picture');
  const named = await makePicture(page);
  expect(named).not.toBe(without);

  await page.locator('summary', { hasText: 'Advanced' }).click();
  const negative = page.getByRole('textbox', { name: 'Negative prompt' });
  await negative.fill('rain, <Castle>');
  await expect(negative).toHaveAccessibleDescription('Embedding: <castle>');
  const both = await makePicture(page);
  expect(both).not.toBe(named);

  await section(page, 'Embeddings');
  await page.getByLabel('Word for a1111.pt').fill('my toy');
  await page.getByLabel('Word for a1111.pt').press('Enter');
  await expect(page.getByLabel('Word for a1111.pt')).toHaveValue('my-toy');
  await page.getByRole('button', { name: 'Remove learned_embeds.safetensors' }).click();
  await closeDialog(page);
  await expect(wordButton(page, 1)).toHaveAccessibleName('Toy-Style,, pin a picture');
  await expect(negative).toHaveAccessibleDescription('What the picture should not show.');

  await page.reload();
  await page.getByRole('button', { name: 'Reuse settings' }).click();
  expect(await makePicture(page)).toBe(both);
  await expect(wordButton(page, 1)).toHaveAccessibleName('Toy-Style,, embedding toy-style, pin a picture');
  await expect((await section(page, 'Embeddings')).getByRole('listitem')).toHaveCount(2);
  await closeDialog(page);
  expect(problems).toEqual([]);
});

test('what is pinned on a word can be kept as a word of its own', async ({ page, open }) => {
  await open({ caption: 'a dog', steps: '1', provider: 'wasm' });
  await modelReady(page);
  await pinFiles(page, 1, ['public/models/picturebook/samples/dog-spotted.png']);
  await wordButton(page, 1).click();
  await page.getByRole('button', { name: 'Keep as a word' }).click();
  await expect(page.getByText('Type “pinword-dog” in a caption to use it.')).toBeVisible();
  await page.keyboard.press('Escape');
  await page.getByRole('textbox', { name: 'Caption' }).fill('a pinword-dog');
  await expect(wordButton(page, 1)).toHaveAccessibleName('pinword-dog, embedding pinword-dog, 1 picture pinned');
});
