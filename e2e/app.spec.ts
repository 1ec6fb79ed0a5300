import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';

import { expect, test as base, type Page } from '@playwright/test';

import { modelSettled, runEnd, stage } from './page-driver.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.wasm': 'application/wasm',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
};

interface Host {
  readonly url: string;
  /** Addresses that were asked for, from the site's root. */
  readonly asked: string[];
  /** What stands before the service worker's script: another one is another version. */
  banner: string;
}

/** A plain static host: files, and no header that would isolate a page. */
const test = base.extend<{ readonly host: Host }>({
  host: async ({}, use) => {
    const host: Host = { url: '', asked: [], banner: '' };
    const server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://host');
      host.asked.push(pathname);
      const path = join('dist', normalize(pathname === '/' ? '/index.html' : pathname));
      readFile(path).then(
        (bytes) => {
          response.setHeader('Content-Type', types[extname(path)] ?? 'application/octet-stream');
          response.end(path.endsWith('service-worker.js') ? host.banner + bytes.toString() : bytes);
        },
        () => {
          response.statusCode = 404;
          response.end();
        },
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    await use(Object.assign(host, { url: `http://127.0.0.1:${address.port}/` }));
    server.closeAllConnections();
    server.close();
  },
});

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
