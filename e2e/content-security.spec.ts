import { expect, test as base } from '@playwright/test';
import { preview } from 'vite';

import { contentSecurityPolicy } from '../hosting/headers.ts';
import { modelSettled, pinFiles, runEnd, stage, wordButton } from './support/page-driver.ts';

const dog = 'public/models/picturebook/samples/dog-spotted.png';

/** The built site under its own policy; `reports` is what browsers report of it, of the page and of its workers. */
const test = base.extend<object, { readonly guarded: { readonly url: string; readonly reports: readonly string[] } }>({
  guarded: [
    async ({}, use) => {
      const reports: string[] = [];
      const server = await preview({
        logLevel: 'silent',
        preview: {
          port: 0,
          host: '127.0.0.1',
          headers: { 'Content-Security-Policy': `${contentSecurityPolicy}; report-uri /reports` },
        },
        plugins: [
          {
            name: 'collect-reports',
            configurePreviewServer: ({ middlewares }) => {
              middlewares.use('/reports', (request, response) => {
                request.setEncoding('utf8');
                let body = '';
                request.on('data', (chunk: string) => (body += chunk));
                request.on('end', () => {
                  reports.push(body);
                  response.end();
                });
              });
            },
          },
        ],
      });
      const address = server.httpServer.address();
      if (address === null || typeof address === 'string') throw new Error('The server has no port.');
      await use({ url: `http://127.0.0.1:${address.port}/`, reports });
      await server.close();
    },
    { scope: 'worker' },
  ],
});

test('the whole job runs under the content security policy, without one violation', async ({ page, guarded }) => {
  const violations: string[] = [];
  page.on('console', (message) => {
    if (/content security policy/iu.test(message.text())) violations.push(message.text());
  });
  await page.goto(`${guarded.url}?provider=wasm&steps=2&count=2`);
  await modelSettled(page, 120_000);
  await pinFiles(page, 1, [dog]);
  await wordButton(page, 1).click();
  await page
    .getByRole('button', { name: /^Crop /u })
    .first()
    .click();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Examples' }).click();
  await expect(page.getByRole('menu')).toBeVisible();
  await page.keyboard.press('Escape');

  await page.getByRole('button', { name: /^Generate/u }).click();
  expect(await runEnd(page, 200_000)).toBe('done');
  await page.getByRole('button', { name: 'Delete the picture' }).click();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(stage(page).getByRole('img').first()).toBeVisible();
  await page.getByRole('button', { name: /^Model:/u }).click();
  await expect(page.getByRole('dialog', { name: 'Model' })).toBeVisible();

  expect(violations).toEqual([]);
  expect(guarded.reports).toEqual([]);
});

test('the policy is in force: what it forbids is stopped and reported', async ({ page, guarded }) => {
  await page.goto(guarded.url);
  const before = guarded.reports.length;
  await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.name = "injected"';
    document.head.append(script);
  });
  expect(await page.evaluate(() => window.name)).not.toBe('injected');
  await expect.poll(() => guarded.reports.length).toBeGreaterThan(before);
});
