import { expect, type Page } from '@playwright/test';

import { modelSettled, runEnd, stage } from './support/page-driver.ts';
import { test } from './support/static-host.ts';

test.use({ serviceWorkers: 'allow' });

const isolatedPage = (page: Page) => page.evaluate(() => crossOriginIsolated).catch(() => false);

/** Waits until everything that works without a network is kept. */
async function allKept(page: Page): Promise<void> {
  await expect
    .poll(
      () =>
        page.evaluate(async () => {
          const [name = ''] = await caches.keys();
          const kept = (await (await caches.open(name)).keys()).map(({ url }) => url);
          return kept.some((url) => url.includes('vae/')) && kept.some((url) => url.includes('vocab.json'));
        }),
      { timeout: 200_000 },
    )
    .toBe(true);
}

test('on a plain static host the page becomes isolated, is reloaded once at most, and then works without a network', async ({
  page,
  host,
  context,
}) => {
  let loads = 0;
  page.on('load', () => (loads += 1));
  await page.goto(`${host.url}?provider=wasm&steps=1`);
  await modelSettled(page, 300_000);
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  const loadsAtFirst = loads;
  expect(loadsAtFirst).toBeLessThanOrEqual(2);
  await page.goto(`${host.url}?provider=wasm&steps=1`);
  await expect.poll(() => isolatedPage(page)).toBe(true);
  await modelSettled(page, 300_000);
  await allKept(page);
  expect(loads).toBe(loadsAtFirst + 1);

  host.asked.length = 0;
  await context.setOffline(true);
  await page.goto(`${host.url}?provider=wasm&steps=1`);
  await modelSettled(page, 300_000);
  expect(await isolatedPage(page)).toBe(true);
  await page.getByRole('button', { name: 'Generate' }).click();
  expect(await runEnd(page)).toBe('done');
  await expect(stage(page).getByRole('img').first()).toBeVisible();
  expect(host.asked.filter((path) => path !== '/service-worker.js')).toEqual([]);
  await context.setOffline(false);

  // A new version waits until the person says so.
  host.banner = '// another version\n';
  await page.reload();
  await expect(page.getByText('A new version of Pinword is here.')).toBeVisible();
  const before = loads;
  await page.getByRole('button', { name: 'Reload' }).click();
  await expect.poll(() => loads).toBe(before + 1);
  await expect(page.getByRole('textbox', { name: 'Caption' })).toBeVisible();
  await expect(page.getByText('A new version of Pinword is here.')).toBeHidden();
});

test('where the host sends the headers nothing is reloaded', async ({ page }) => {
  let loads = 0;
  page.on('load', () => (loads += 1));
  await page.goto('/?provider=wasm');
  await modelSettled(page, 300_000);
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
  expect(await isolatedPage(page)).toBe(true);
  expect(loads).toBe(1);
});
