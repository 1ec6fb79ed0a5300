import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, type Page } from '@playwright/test';

import { copyTiny } from './support/checkpoint-variants.ts';
import { type HubPage, openHubPage } from './support/hub-page.ts';
import { lookAt } from './support/look-at.ts';
import { closeDialog, makePicture, modelDialog, modelReady } from './support/model-dialog.ts';
import { test } from './support/tiny-model.ts';
import type { HubServer } from '../workers/testing/hub-server/hub-server.ts';

let hub: HubServer;
let page: Page;
let close: HubPage['close'];

test.beforeAll(async ({ browser }) => {
  const folder = await mkdtemp(join(tmpdir(), 'kits-'));
  await copyTiny(folder);
  ({ hub, page, close } = await openHubPage(browser, folder, { 'nota-ai/bk-sdm-small': folder }));
  // The kits name the Hub itself; here it is the server of the tests.
  await page.context().route('https://huggingface.co/**', async (route) => {
    const { pathname, search } = new URL(route.request().url());
    await route.fulfill({ response: await route.fetch({ url: `${hub.origin}${pathname}${search}` }) });
  });
});

test.afterAll(() => close());

test('the dialog opens on cards, and one press on one loads all its parts', async ({ baseURL }) => {
  await page.goto(`${baseURL ?? ''}/?caption=a dog on the beach&steps=1&seed=7&width=64&height=64&provider=wasm`);
  const dialog = await modelDialog(page);
  const kits = dialog.getByRole('region', { name: 'Choose a model' });
  const kit = (name: string) => kits.getByRole('listitem').filter({ has: page.getByRole('heading', { name }) });
  await expect(kit('Picture book')).toHaveAttribute('aria-current', 'true');
  await expect(kit('Small and fast')).toContainText(/1\.9 GB, once.*CreativeML OpenRAIL-M/s);
  await expect(kits.getByRole('textbox').first()).toBeHidden();
  await lookAt(page, 'kits');

  await kit('Small and fast').getByRole('button', { name: 'Use Small and fast' }).click();
  await modelReady(page);
  await expect(kit('Small and fast')).toHaveAttribute('aria-current', 'true');
  await expect(kit('Picture book')).not.toHaveAttribute('aria-current', 'true');
  await closeDialog(page);
  await expect(page.getByRole('button', { name: 'Model: nota-ai/bk-sdm-small' })).toBeVisible();
  expect(await makePicture(page)).toMatch(/^[0-9a-f]{64}$/);
});
