import { readFile } from 'node:fs/promises';

import { expect, type Page } from '@playwright/test';

import { modelSettled, wordButton } from './support/page-driver.ts';
import { test } from './support/static-host.ts';

test.use({ serviceWorkers: 'allow' });

const dog = 'public/models/picturebook/samples/dog-spotted.png';
const manifest = (page: Page) => page.locator('link[rel=manifest]');
const question = (page: Page) => page.getByRole('dialog', { name: 'Which word is it?' });

interface Shared {
  readonly name: string;
  /** In base 64. */
  readonly bytes: string;
}

/** What the system sends when a person shares these with the installed app. @returns what the service worker answers */
function share(page: Page, files: readonly Shared[]): Promise<string> {
  return page.evaluate(async (given) => {
    const form = new FormData();
    form.set('title', 'From the gallery');
    for (const { name, bytes } of given) {
      const file = Uint8Array.from(atob(bytes), (character) => character.charCodeAt(0));
      form.append('pictures', new File([file], name, { type: 'image/png' }));
    }
    return (await fetch('share', { method: 'POST', body: form, redirect: 'manual' })).type;
  }, files);
}

test('a picture that another app shares waits for a page, which asks for its word', async ({ page, host }) => {
  await page.goto(`${host.url}?provider=wasm&caption=a+dog+on+the+beach`);
  await expect(manifest(page)).toHaveAttribute('href', './app.webmanifest');
  const offered: unknown = await page.evaluate(async () => (await (await fetch('app.webmanifest')).json()) as unknown);
  expect(offered).toMatchObject({ share_target: { action: './share', method: 'POST' } });
  await modelSettled(page, 300_000);
  const bytes = (await readFile(dog)).toString('base64');
  expect(await share(page, [{ name: 'Мой пёс.png', bytes }])).toBe('opaqueredirect');
  expect(host.asked).not.toContain('/share');

  await page.goto(`${host.url}?shared=kept`);
  await expect(question(page)).toContainText('“Мой пёс.png” is pinned on the word that you choose.');
  await page.screenshot({ path: 'test-results/screenshots/shared.png' });
  await question(page).getByRole('button', { name: 'dog' }).click();
  await expect(wordButton(page, 1)).toHaveAttribute('data-pinned', 'true');
  expect(new URL(page.url()).search).toBe('');

  // Taken once; it is pinned still.
  await page.reload();
  await expect(wordButton(page, 1)).toHaveAttribute('data-pinned', 'true');
  await modelSettled(page, 300_000);
  await expect(question(page)).toBeHidden();

  expect(await share(page, [])).toBe('opaqueredirect');
  await page.goto(`${host.url}?shared=none`);
  await expect(page.getByText('What was shared holds no picture.')).toBeVisible();
});

test('without a service worker nothing offers the address for shared pictures', async ({ browser, host }) => {
  const page = await (await browser.newContext({ serviceWorkers: 'block' })).newPage();
  await page.goto(`${host.url}?provider=wasm`);
  await modelSettled(page, 300_000);
  await expect(manifest(page)).toHaveAttribute('href', './manifest.webmanifest');
  const plain: unknown = await page.evaluate(
    async () => (await (await fetch('manifest.webmanifest')).json()) as unknown,
  );
  expect(plain).not.toHaveProperty('share_target');
  await page.context().close();
});

test('files that are opened with the installed app are taken as if they were dropped', async ({ page, host }) => {
  await page.addInitScript(() => {
    const queue = { setConsumer: (consumer: unknown) => Reflect.set(window, 'launched', consumer) };
    Object.defineProperty(window, 'launchQueue', { value: queue });
  });
  await page.goto(`${host.url}?provider=wasm&caption=a+dog`);
  // On this host the first visit is reloaded once, to become isolated.
  await expect.poll(() => page.evaluate(() => crossOriginIsolated).catch(() => false)).toBe(true);
  await page.waitForFunction(() => Reflect.has(window, 'launched'));
  const bytes = (await readFile(dog)).toString('base64');
  const launch = (name: string, type: string): Promise<void> =>
    page.evaluate(
      ([fileName = '', fileType = '', base64 = '']) => {
        const content = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        const file = new File([content], fileName, { type: fileType });
        const consumer = Reflect.get(window, 'launched') as (launch: object) => void;
        consumer({ files: [{ name: fileName, getFile: () => Promise.resolve(file) }] });
      },
      [name, type, bytes],
    );
  await launch('rex.png', 'image/png');
  await expect(question(page)).toContainText('“rex.png” is pinned on the word that you choose.');
  await question(page).getByRole('button', { name: 'dog' }).click();
  await launch('broken.safetensors', '');
  await expect(page.getByRole('region', { name: /^Messages/ })).toContainText('safetensors');
});
