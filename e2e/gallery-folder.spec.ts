import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Locator, type Page } from '@playwright/test';
import { readFile } from 'node:fs/promises';

import { dropOnPage } from './support/model-dialog.ts';
import { carryQuestion, downloadPicture, modelSettled, pinFiles, runEnd, wordButton } from './support/page-driver.ts';
import { test } from './support/tiny-model.ts';

const sheet = (page: Page) => page.getByRole('dialog', { name: 'Your pictures' });
const tiles = (page: Page) => sheet(page).getByRole('button', { name: /^Open / });
const messages = (page: Page): Locator => page.getByRole('region', { name: /^Messages/ });

/** The picker answers with a folder of the origin's own file system; `revoked` takes the right to write away. */
async function withFolders(page: Page): Promise<void> {
  await page.addInitScript(() => {
    Reflect.set(window, 'showDirectoryPicker', async () =>
      (await navigator.storage.getDirectory()).getDirectoryHandle('holidays', { create: true }),
    );
    const write = Reflect.get(FileSystemFileHandle.prototype, 'createWritable') as () => Promise<unknown>;
    Reflect.set(FileSystemFileHandle.prototype, 'createWritable', function (this: FileSystemFileHandle) {
      const isRevoked = Reflect.get(window, 'revoked') === true && this.name.endsWith('.png');
      return isRevoked ? Promise.reject(new DOMException('revoked', 'NotAllowedError')) : write.call(this);
    });
  });
}

/** Two pictures, the second of them starred. */
async function makeTwo(
  page: Page,
  open: (parameters: Readonly<Record<string, string>>) => Promise<void>,
): Promise<void> {
  await open({ provider: 'wasm', steps: '1', count: '2' });
  await modelSettled(page, 300_000);
  await page.getByRole('button', { name: /^Generate/ }).click();
  expect(await runEnd(page)).toBe('done');
  await page.getByRole('button', { name: /^All pictures/ }).click();
  await expect(tiles(page)).toHaveCount(2);
  await sheet(page)
    .getByRole('button', { name: /^Star .*seed 8$/ })
    .click();
}

async function deleteAll(page: Page): Promise<void> {
  await sheet(page).getByRole('button', { name: 'Select all' }).click();
  await sheet(page).getByRole('button', { name: 'Delete' }).click();
  await expect(sheet(page).getByText('There are no pictures yet.')).toBeVisible();
}

const names = (page: Page): Promise<string[]> =>
  page.evaluate(async () => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('holidays', { create: true });
    const found: string[] = [];
    for await (const name of folder.keys()) found.push(name);
    return found.sort();
  });

test('all pictures go to a folder and come back, each once, with their stars', async ({ page, open, problems }) => {
  await withFolders(page);
  await makeTwo(page, open);
  await page.evaluate(() => Reflect.set(window, 'revoked', true));
  await sheet(page).getByRole('button', { name: 'Save all to a folder…' }).click();
  await expect(messages(page)).toContainText('The browser no longer lets this page use the folder: choose it again.');
  await expect(messages(page)).toContainText('0 of 2 pictures are in “holidays”');
  await expect(tiles(page)).toHaveCount(2);
  expect(await names(page)).toEqual([]);

  await page.evaluate(() => Reflect.set(window, 'revoked', false));
  await sheet(page).getByRole('button', { name: 'Save all to a folder…' }).click();
  await expect(messages(page)).toContainText('2 of 2 pictures are in “holidays”, with stars and times.');
  const saved = ['pinword-a-dog-on-the-beach-7.png', 'pinword-a-dog-on-the-beach-8.png', 'pinword-gallery.json'];
  expect(await names(page)).toEqual(saved);
  const closers = messages(page).getByRole('button', { name: 'Close the message' });
  while ((await closers.count()) > 0) await closers.first().click();
  await sheet(page).getByRole('button', { name: 'Save all to a folder…' }).click();
  await expect(messages(page)).toContainText('2 of 2 pictures are in “holidays”');
  expect(await names(page)).toEqual(saved);
  await page.screenshot({ path: 'test-results/screenshots/gallery-folder.png' });
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);

  await deleteAll(page);
  await sheet(page).getByRole('button', { name: 'Take in a folder…' }).click();
  await expect(messages(page)).toContainText('2 pictures were added.');
  await expect(tiles(page)).toHaveCount(2);
  await sheet(page).getByRole('button', { name: 'Take in a folder…' }).click();
  await expect(messages(page)).toContainText('0 pictures were added. 2 pictures were here already.');

  await page.reload();
  await page.getByRole('button', { name: /^All pictures/ }).click();
  await expect(tiles(page)).toHaveCount(2);
  await sheet(page).getByRole('button', { name: 'Only starred pictures' }).click();
  await expect(tiles(page)).toHaveCount(1);
  await expect(tiles(page)).toHaveAccessibleName(/seed 8$/);
  expect(problems).toEqual([]);
});

test('where a page gets no folders, pictures go as a zip, which comes back chosen or dropped', async ({
  page,
  open,
  problems,
}, testInfo) => {
  await page.addInitScript(() => {
    Reflect.deleteProperty(window, 'showDirectoryPicker');
  });
  await makeTwo(page, open);
  const zip = page.waitForEvent('download');
  await sheet(page).getByRole('button', { name: 'Save all as zip' }).click();
  expect((await zip).suggestedFilename()).toBe('pinword-pictures.zip');
  const all = testInfo.outputPath('all.zip');
  await (await zip).saveAs(all);
  await deleteAll(page);
  await sheet(page).getByLabel('Take in files…').setInputFiles(all);
  await expect(messages(page)).toContainText('2 pictures were added.');
  await expect(tiles(page)).toHaveCount(2);
  await deleteAll(page);
  await sheet(page).getByRole('button', { name: 'Close' }).click();
  await dropOnPage(page, [all]);
  await expect(tiles(page)).toHaveCount(2);
  const bytes = await readFile(all);
  const broken = { name: 'half.zip', mimeType: 'application/zip', buffer: bytes.subarray(0, bytes.length / 2) };
  await sheet(page).getByLabel('Take in files…').setInputFiles([broken]);
  await expect(messages(page)).toContainText('“half.zip” is damaged, or no zip.');
  await expect(tiles(page)).toHaveCount(2);
  await sheet(page).getByRole('button', { name: 'Close' }).click();
  const picture = await downloadPicture(page);
  const png = { name: 'copy.png', mimeType: 'image/png', buffer: await readDownload(picture) };
  await page.getByRole('button', { name: /^All pictures/ }).click();
  await sheet(page).getByLabel('Take in files…').setInputFiles([png]);
  await expect(messages(page)).toContainText('1 picture was here already.');
  const photo = { name: 'photo.png', mimeType: 'image/png', buffer: Buffer.from('no picture') };
  await sheet(page).getByLabel('Take in files…').setInputFiles([photo]);
  await expect(messages(page)).toContainText('There is no picture of Pinword among these files.');
  await expect(tiles(page)).toHaveCount(2);
  expect(problems).toEqual([]);
});

test('pictures come back from a folder with what is pinned on them, where the person wants it to travel', async ({
  page,
  open,
  problems,
}) => {
  await withFolders(page);
  await open({ provider: 'wasm', steps: '1' });
  await modelSettled(page, 300_000);
  await pinFiles(page, 1, ['public/models/picturebook/samples/dog-spotted.png']);
  await page.getByRole('button', { name: /^Generate/ }).click();
  expect(await runEnd(page)).toBe('done');
  await page.getByRole('button', { name: /^All pictures/ }).click();
  await sheet(page).getByRole('button', { name: 'Save all to a folder…' }).click();
  await carryQuestion(page).getByRole('button', { name: 'With them' }).click();
  await expect(messages(page)).toContainText('1 of 1 picture is in “holidays”');

  // As a browser that never saw them: what it keeps is cleared, the folder stays.
  await page.goto('/third-party-notices.txt');
  await page.evaluate(async () => {
    for (const { name = '' } of await indexedDB.databases()) {
      const request = indexedDB.deleteDatabase(name);
      await new Promise((resolve) => (request.onsuccess = resolve));
    }
  });
  await open({ provider: 'wasm', steps: '1' });
  await modelSettled(page, 300_000);
  await page.getByRole('button', { name: 'Take pictures in' }).click();
  await expect(sheet(page).getByText('There are no pictures yet.')).toBeVisible();
  await sheet(page).getByRole('button', { name: 'Take in a folder…' }).click();
  await expect(messages(page)).toContainText('1 picture was added. A subject came with them: see “Your subjects”.');
  await sheet(page).getByRole('button', { name: 'Close' }).click();
  await page.getByRole('button', { name: 'Reuse settings' }).click();
  await expect(wordButton(page, 1)).toHaveAccessibleName(/1 picture pinned/);
  expect(problems).toEqual([]);
});

async function readDownload(download: { createReadStream(): Promise<NodeJS.ReadableStream> }): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of await download.createReadStream()) parts.push(Buffer.from(part));
  return Buffer.concat(parts);
}
