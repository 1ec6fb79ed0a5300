import { expect } from '@playwright/test';

import { acceptLinkedModel, costQuestion, lookUpLinkedModel, wordButton } from './support/page-driver.ts';
import { test, tinyAddress } from './support/tiny-model.ts';

test('a link fetches and keeps no model before the person agrees, and a no brings the old one back', async ({
  page,
  modelUrl,
}) => {
  const asked: string[] = [];
  page.context().on('request', (request) => {
    if (request.url().startsWith(modelUrl)) asked.push(request.url());
  });
  const question = page.getByRole('dialog', { name: 'This link asks for another model' });
  const model = page.getByRole('button', { name: /^Model:/ });
  const { host } = new URL(modelUrl);

  await page.goto(tinyAddress(modelUrl, { provider: 'wasm' }));
  await expect(question).toContainText(host);
  expect(asked).toEqual([]);
  await question.getByRole('button', { name: 'Keep Picture book' }).click();
  await expect(model).toHaveText(/Picture book/);
  expect(asked).toEqual([]);

  await page.goto(tinyAddress(modelUrl, { provider: 'wasm' }));
  await lookUpLinkedModel(page);
  await expect(costQuestion(page)).toContainText(host);
  await expect(costQuestion(page)).toContainText(/\d [kM]?B/);
  // A visit that ends without an answer has agreed to nothing.
  await page.goto('/');
  await expect(model).toHaveText(/Picture book/);

  await page.goto(tinyAddress(modelUrl, { provider: 'wasm' }));
  await lookUpLinkedModel(page);
  await costQuestion(page).getByRole('button', { name: 'Not now' }).click();
  await page.getByRole('dialog', { name: 'Model' }).getByRole('button', { name: 'Close' }).click();
  await expect(model).toHaveText(/Picture book/);
});

test('what a link replaces, one undo brings back: caption, settings and model', async ({ page, modelUrl }) => {
  const caption = page.getByRole('textbox', { name: 'Caption' });
  const model = page.getByRole('button', { name: /^Model:/ });
  await page.goto('/?provider=wasm');
  await expect(caption).not.toHaveValue('');
  await caption.fill('my own words');
  await expect(wordButton(page, 2)).toHaveText('words');
  await expect(model).toHaveText(/Picture book/);
  await page.goto(tinyAddress(modelUrl, { provider: 'wasm', alpha: '0.1' }));
  await acceptLinkedModel(page);
  await expect(caption).toHaveValue('a dog on the beach');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(caption).toHaveValue('my own words');
  await expect(model).toHaveText(/Picture book/);
});
