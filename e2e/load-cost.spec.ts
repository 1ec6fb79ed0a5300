import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from '@playwright/test';

import { copyTiny, enlargeVocabulary } from './support/checkpoint-variants.ts';
import { type HubServer, startHubServer } from '../workers/testing/hub-server/hub-server.ts';
import { closeDialog, loadFromHub, makePicture, modelDialog, modelReady, section } from './support/model-dialog.ts';
import { costQuestion } from './support/page-driver.ts';
import { test } from './support/tiny-model.ts';

/** Token embeddings of this many rows are a file of 128 MB: more than starts unasked. */
const rows = 1_000_000;
/** Configs and headers are less, weights are more. */
const muchLess = 5e6;

let folder = '';
let hub: HubServer;

test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'costly-'));
  await copyTiny(folder);
  await enlargeVocabulary(folder, rows);
  hub = await startHubServer({ repositories: { 'someone/costly': folder } });
});

test.afterAll(async () => {
  await hub.close();
  await rm(folder, { recursive: true });
});

test('a costly model says what it costs before the first weight is fetched, and can be declined', async ({
  page,
  open,
}) => {
  await open({ steps: '1', width: '64', height: '64', provider: 'wasm' });
  await modelReady(page);
  await loadFromHub(page, `${hub.origin}/someone/costly`);
  const question = costQuestion(page);
  await expect(question.getByText(/^13\d MB, kept in this browser$/)).toBeVisible();
  await expect(question.getByText(/^about [\d.]+ MB$/)).toBeVisible();
  await question.getByText('How it fits this computer').click();
  await expect(question.getByText(/32-bit, each step at once/)).toBeVisible();
  expect(hub.sentBytes).toBeLessThan(muchLess);

  await question.getByRole('button', { name: 'Not now' }).click();
  await expect(question).toBeHidden();
  await closeDialog(page);
  // Whoever wants a picture is asked again, where the answer can be given.
  await page.keyboard.press('Control+Enter');
  await expect(question).toBeVisible();
  const memory = await section(page, 'Memory');
  await memory.getByRole('combobox', { name: 'Each step' }).selectOption('one-by-one');
  await question.getByText('How it fits this computer').click();
  await expect(question.getByText(/each step in parts/)).toBeVisible();
  expect(hub.sentBytes).toBeLessThan(muchLess);

  await question.getByRole('button', { name: 'Download and load' }).click();
  await modelReady(page);
  expect(hub.sentBytes).toBeGreaterThan(100e6);
  await expect((await modelDialog(page)).getByText('Made for', { exact: true })).toBeVisible();
  expect(await makePicture(page)).toMatch(/^[0-9a-f]{64}$/);
});
