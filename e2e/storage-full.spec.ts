import { expect, type Locator, type Page } from '@playwright/test';

import { startHubServer, type HubServer } from '../workers/testing/hub-server/hub-server.ts';
import { loadFromHub, modelDialog, section } from './support/model-dialog.ts';
import { test } from './support/tiny-model.ts';

const old = 'someone/old';
const wanted = 'someone/wanted';
/** Less than the wanted model takes; the old one gives back more than that takes. */
const tooLittle = 1_000_000;

let hub: HubServer;
test.beforeAll(async () => {
  hub = await startHubServer({
    repositories: { [old]: 'workers/reference/data/v-prediction', [wanted]: 'workers/reference/data/sd15' },
  });
});
test.afterAll(() => hub.close());

/** Lets the page store this much more. What the browser tells of its quota stays as it was, so that only writing shows it. */
async function leaveFree(page: Page, bytes: number): Promise<void> {
  const { usage } = await page.evaluate(() => navigator.storage.estimate());
  const session = await page.context().newCDPSession(page);
  await session.send('Storage.overrideQuotaForOrigin', {
    origin: new URL(page.url()).origin,
    quotaSize: (usage ?? 0) + bytes,
  });
}

/** What the dialog says of the chosen model, once that is this one. */
async function factsOf(page: Page, name: string): Promise<Locator> {
  const facts = (await modelDialog(page)).getByRole('region', { name: 'Chosen model' });
  await expect(facts.getByRole('heading', { name })).toBeVisible();
  return facts;
}

async function loaded(page: Page, name: string): Promise<void> {
  await expect((await factsOf(page, name)).getByText('Made for', { exact: true })).toBeVisible();
}

async function storedNames(page: Page): Promise<readonly string[]> {
  return (await section(page, 'Stored in this browser')).getByRole('listitem').locator('strong').allInnerTexts();
}

test('a model for which the storage is too small loads into memory, or goes on where it stopped once another is deleted', async ({
  page,
}) => {
  await page.goto('/?provider=wasm&caption=a dog on the beach');
  await loadFromHub(page, `${hub.origin}/${old}`);
  await loaded(page, old);
  await leaveFree(page, tooLittle);

  await loadFromHub(page, `${hub.origin}/${wanted}`);
  const facts = await factsOf(page, wanted);
  await expect(facts.getByRole('alert')).toContainText('storage is full');
  await facts.getByRole('button', { name: 'Load it into memory only' }).click();
  await loaded(page, wanted);
  await expect.poll(() => storedNames(page)).toContain(old);

  await loadFromHub(page, `${hub.origin}/${wanted}`);
  await expect(facts.getByRole('alert')).toContainText('storage is full');
  await facts.getByRole('checkbox', { name: old }).check();
  await facts.getByRole('button', { name: /^Delete .* and try again$/ }).click();
  await loaded(page, wanted);
  await expect.poll(() => storedNames(page)).toEqual([wanted]);
  await expect(page.getByRole('textbox', { name: 'Caption', includeHidden: true })).toHaveValue('a dog on the beach');
});
