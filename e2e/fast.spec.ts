import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, type Page } from '@playwright/test';

import { copyWide, writeTinyLora } from './support/checkpoint-variants.ts';
import { type HubPage, openHubPage } from './support/hub-page.ts';
import { closeDialog, loadFromHub, makePicture, modelReady } from './support/model-dialog.ts';
import { test } from './support/tiny-model.ts';
import type { HubServer } from '../workers/testing/hub-server/hub-server.ts';

/** Numbers of a word of Stable Diffusion 1.x, for which the LoRA files are made. */
const width = 768;
const lora = 'h1t/TCD-SD15-LoRA';

let hub: HubServer;
let page: Page;
let close: HubPage['close'];

test.beforeAll(async ({ browser }) => {
  const folder = await mkdtemp(join(tmpdir(), 'fast-'));
  const [model, loras] = [join(folder, 'model'), join(folder, 'lora')];
  await copyWide(model, width);
  await writeTinyLora(join(loras, 'pytorch_lora_weights.safetensors'));
  ({ hub, page, close } = await openHubPage(browser, folder, { 'someone/wide': model, [lora]: loras }));
  // Fast names the Hub itself; here it is the server of the tests.
  await page.context().route('https://huggingface.co/**', async (route) => {
    const { pathname, search } = new URL(route.request().url());
    await route.fulfill({ response: await route.fetch({ url: `${hub.origin}${pathname}${search}` }) });
  });
});

test.afterAll(() => close());

const fast = () => page.getByRole('button', { name: 'Fast (4–8 steps)' });
const asked = (): number => hub.log.filter(({ path }) => path.includes('pytorch_lora_weights')).length;

test('Fast is not offered for the picture book, and names what it needs for a model that it is for', async ({
  baseURL,
}) => {
  const settings = 'caption=a dog on the beach&steps=3&seed=7&width=64&height=64&provider=wasm';
  await page.goto(`${baseURL ?? ''}/?${settings}`);
  await modelReady(page);
  await expect(fast()).toBeHidden();
  await loadFromHub(page, `${hub.origin}/someone/wide`);
  await modelReady(page);
  await closeDialog(page);
  await fast().click();
  const question = page.getByRole('group', { name: 'What Fast needs' });
  await expect(question).toContainText('TCD: 135 MB from huggingface.co. Licence: MIT.');
  await expect(question).toContainText('LCM: 135 MB from huggingface.co. Licence: OpenRAIL++.');
  expect(asked()).toBe(0);
});

test('one press fetches the LoRA and sets what goes with it; another takes all of it back', async () => {
  const plain = await makePicture(page);
  hub.setFaults([
    { kind: 'status', path: 'pytorch_lora_weights.safetensors', status: 404, errorCode: 'EntryNotFound' },
  ]);
  const question = page.getByRole('group', { name: 'What Fast needs' });
  await question.getByRole('button', { name: 'Download TCD' }).click();
  await expect(page.getByRole('alert').first()).toBeVisible();
  await expect(fast()).toHaveAttribute('aria-pressed', 'false');
  expect(await makePicture(page)).toBe(plain);

  hub.setFaults([]);
  await fast().click();
  await question.getByRole('button', { name: 'Download TCD' }).click();
  await expect(page.getByText('Fast is on: TCD, 6 steps.')).toBeVisible();
  await expect(fast()).toHaveAttribute('aria-pressed', 'true');
  await modelReady(page);
  const quick = await makePicture(page);
  expect(quick).not.toBe(plain);
  await expect(page.getByText(/distilled to a few steps/)).toBeHidden();

  await fast().click();
  await expect(fast()).toHaveAttribute('aria-pressed', 'false');
  await modelReady(page);
  expect(await makePicture(page)).toBe(plain);
  const fetched = asked();
  await fast().click();
  await modelReady(page);
  expect(await makePicture(page)).toBe(quick);
  expect(asked()).toBe(fetched);
});

test('a scheduler for few steps without such a LoRA is told of', async () => {
  await fast().click();
  await modelReady(page);
  await page.getByText('Advanced', { exact: true }).click();
  await page.getByRole('combobox', { name: 'Scheduler' }).selectOption('tcd');
  await makePicture(page);
  await expect(page.getByText(/TCD is for networks that were distilled to a few steps, and neither/)).toBeVisible();
  await expect(page.getByText(/a guidance scale of .* burns their pictures/)).toBeVisible();
});
