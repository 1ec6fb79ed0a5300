import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, type Page } from '@playwright/test';

import { copyTiny, enlargeVocabulary } from './support/checkpoint-variants.ts';
import { type HubPage, openHubPage } from './support/hub-page.ts';
import type { HubServer } from '../workers/testing/hub-server/hub-server.ts';
import {
  closeDialog,
  downloaded,
  loadFromHub,
  makePicture,
  modelDialog,
  modelReady,
  section,
} from './support/model-dialog.ts';
import { stage } from './support/page-driver.ts';
import { test } from './support/tiny-model.ts';

/** Token embeddings of this many rows are a file of 19 MB: several blocks of the storage. */
const rows = 150_000;
const weights = 'text_encoder/model.safetensors';

let folder = '';
let hub: HubServer;
let page: Page;
let close: HubPage['close'];
/** The picture of the tiny checkpoint that no download has broken. */
let expected = '';

/** One page for all: each test goes on where the one before ended. */
test.describe.configure({ mode: 'serial' });

test.beforeAll(async ({ browser }) => {
  folder = await mkdtemp(join(tmpdir(), 'models-'));
  await copyTiny(folder);
  await enlargeVocabulary(folder, rows);
  ({ hub, page, close } = await openHubPage(browser, folder, { 'someone/large': folder, 'someone/other': folder }));
});

test.afterAll(() => close());

const slow = { kind: 'slow', bytesPerSecond: 8_000_000, path: weights } as const;
const halfway = 0.5;

/** Where the last request for the weights began. */
function lastStart(): number {
  const range = hub.log.filter(({ path, origin }) => path.endsWith(weights) && origin === 'cdn').at(-1)?.range;
  return Number(/bytes=(\d+)-/.exec(range ?? '')?.[1] ?? NaN);
}

test('a base address in diffusers layout', async ({ baseURL, modelUrl }) => {
  await page.goto(`${baseURL ?? ''}/?caption=a dog on the beach&steps=1&seed=7&width=64&height=64&provider=wasm`);
  const form = await section(page, 'My own');
  await form.getByRole('textbox', { name: 'From an address' }).fill(modelUrl);
  await form.getByRole('button', { name: 'Load: From an address' }).click();
  await modelReady(page);
  expected = await makePicture(page);
});

test('a hub repository is downloaded with bytes, speed and time left, paused and gone on with', async () => {
  hub.setFaults([slow]);
  await loadFromHub(page, `${hub.origin}/someone/large/tree/main`);
  const dialog = await modelDialog(page);
  await expect(dialog.getByText(/Loading text_encoder \([\d.]+ MB of \d+ MB\), [\d.]+ [KM]B\/s, .*left/)).toBeVisible();
  await downloaded(page, halfway);
  await dialog.getByRole('button', { name: 'Pause' }).click();
  await expect(dialog.getByText(/Paused at \d+ MB of \d+ MB/)).toBeVisible();
  hub.setFaults([slow]);
  await dialog.getByRole('button', { name: 'Resume', exact: true }).click();
  await downloaded(page, halfway);
  expect(lastStart()).toBeGreaterThan(8_000_000);
  hub.setFaults([]);
});

test('a worker that dies in the middle of it is told, and its successor goes on', async () => {
  const dialog = await modelDialog(page);
  const [worker] = page.workers().filter((candidate) => candidate.url().includes('/worker-'));
  await worker?.evaluate(() => {
    setTimeout(() => {
      throw new Error('on command');
    });
  });
  await expect(dialog.getByRole('alert')).toContainText('The engine stopped unexpectedly');
  hub.setFaults([]);
  await dialog.getByRole('button', { name: 'Try again' }).click();
  await modelReady(page);
  expect(lastStart()).toBeGreaterThan(8_000_000);
  expect(await makePicture(page)).toBe(expected);
});

test('a tab that is closed in the middle of a download: another goes on with it', async ({ baseURL }) => {
  hub.setFaults([slow]);
  await loadFromHub(page, `${hub.origin}/someone/other`);
  await downloaded(page, halfway);
  const context = page.context();
  await page.close({ runBeforeUnload: false });
  page = await context.newPage();
  await page.goto(baseURL ?? '');
  const stored = await section(page, 'Stored in this browser');
  await expect(stored.getByRole('listitem').filter({ hasText: 'someone/other' })).toContainText('download interrupted');
  hub.setFaults([]);
  await stored.getByRole('button', { name: 'Resume someone/other' }).click();
  await modelReady(page);
  expect(lastStart()).toBeGreaterThan(8_000_000);
  expect(await makePicture(page)).toBe(expected);
});

/** Changes one byte of every large file in the storage. */
async function damageStorage(): Promise<void> {
  await page.evaluate(async () => {
    const models = await (await navigator.storage.getDirectory()).getDirectoryHandle('models');
    for await (const handle of models.values()) {
      if (!(handle instanceof FileSystemFileHandle) || (await handle.getFile()).size < 15_000_000) continue;
      const writable = await handle.createWritable({ keepExistingData: true });
      await writable.write({ type: 'write', position: 10_000_000, data: new Uint8Array([0x7f]) });
      await writable.close();
    }
  });
}

test('damage in storage is found, repaired and gone; a deleted model is gone from the list and the disk', async () => {
  await damageStorage();
  const stored = await section(page, 'Stored in this browser');
  const item = stored.getByRole('listitem').filter({ hasText: 'someone/large' });
  await item.getByRole('button', { name: 'Check someone/large' }).click();
  await expect(item.getByRole('status')).toContainText(`Damaged: ${weights}.`);
  hub.setFaults([]);
  await item.getByRole('button', { name: 'Resume someone/large' }).click();
  await modelReady(page);
  expect(lastStart()).toBeGreaterThan(8_000_000);
  await item.getByRole('button', { name: 'Check someone/large' }).click();
  await expect(item.getByRole('status')).toContainText('Every byte is as it was downloaded.');
  expect(await makePicture(page)).toBe(expected);

  const disk = (await section(page, 'Stored in this browser')).getByRole('meter');
  const used = Number(await disk.getAttribute('value'));
  await item.getByRole('button', { name: 'Delete someone/large' }).click();
  await item.getByRole('button', { name: 'Really delete someone/large' }).click();
  await expect(item).toBeHidden();
  await expect.poll(async () => Number(await disk.getAttribute('value'))).toBeLessThan(used - 15_000_000);
  await closeDialog(page);
  hub.setFaults([]);
  expect(await makePicture(page)).toBe(expected);
  expect(lastStart()).toBeLessThan(8_000_000);
});

test('a model that another tab removed is said, and trying again loads it anew', async () => {
  const other = await page.context().newPage();
  await other.goto(new URL('/icons/pin.svg', page.url()).href);
  await other.evaluate(async () => {
    const models = await (await navigator.storage.getDirectory()).getDirectoryHandle('models');
    for await (const name of models.keys()) await models.removeEntry(name);
  });
  await other.close();
  await page.getByRole('textbox', { name: 'Caption' }).fill('a cat on the beach');
  await page.keyboard.press('Control+Enter');
  const failure = stage(page).getByRole('alert');
  await expect(failure).toContainText('Files of this model can no longer be read');
  hub.setFaults([]);
  await stage(page).getByRole('button', { name: 'Try again' }).click();
  await page.locator('[data-run=done]').waitFor();
  await expect(failure).toBeHidden();
  expect(lastStart()).toBeLessThan(8_000_000);
});
