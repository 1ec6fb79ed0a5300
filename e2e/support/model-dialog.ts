import { resolve } from 'node:path';

import { expect, type Locator, type Page } from '@playwright/test';

import { runEnd, stage } from './page-driver.ts';

/** Opens the dialog of the model, or takes the one that is open. */
export async function modelDialog(page: Page): Promise<Locator> {
  const dialog = page.getByRole('dialog', { name: 'Model' });
  if (!(await dialog.isVisible())) await page.getByRole('button', { name: /^Model:/ }).click();
  await expect(dialog).toBeVisible();
  return dialog;
}

/** A part of the dialog, opened. */
export async function section(page: Page, title: string): Promise<Locator> {
  const dialog = await modelDialog(page);
  const details = dialog.locator('details').filter({ has: page.locator('summary', { hasText: title }) });
  if ((await details.getAttribute('open')) === null) await details.locator('summary').click();
  return details;
}

export async function closeDialog(page: Page): Promise<void> {
  const dialog = page.getByRole('dialog', { name: 'Model' });
  if (await dialog.isVisible()) await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(dialog).toBeHidden();
}

/** Types the address of a repository's page, and presses Load. */
export async function loadFromHub(page: Page, address: string): Promise<void> {
  const form = await section(page, 'My own');
  await form.getByRole('textbox', { name: 'From the Hugging Face Hub' }).fill(address);
  await form.getByRole('button', { name: 'Load: From the Hugging Face Hub' }).click();
}

/** Waits until the chosen model is there. @throws Error with the page's own words where it fails to load */
export async function modelReady(page: Page): Promise<void> {
  const status = page.locator('[data-state=ready], [data-state=failed]');
  await status.waitFor();
  if ((await status.getAttribute('data-state')) === 'failed')
    throw new Error((await page.getByRole('alert').allInnerTexts()).join(' '));
}

/** What is there of the download, in bytes, once it is at least this much. */
export async function downloaded(page: Page, share: number): Promise<void> {
  const bar = page.getByRole('progressbar', { name: 'Loading the model' });
  await expect.poll(async () => Number(await bar.getAttribute('value')), { intervals: [50] }).toBeGreaterThan(share);
}

/** Chooses files for the file input of this name in a part of the dialog. */
export async function chooseFiles(part: Locator, label: string, paths: string | readonly string[]): Promise<void> {
  await part.getByLabel(label).setInputFiles(typeof paths === 'string' ? paths : [...paths]);
}

/** Drops files or folders of this machine in the middle of the stage, as a person does with the mouse. */
export async function dropOnPage(page: Page, paths: readonly string[]): Promise<void> {
  const box = await stage(page).boundingBox();
  await dropAt(page, { x: (box?.x ?? 0) + (box?.width ?? 0) / 2, y: (box?.y ?? 0) + 40 }, paths);
}

/** The same a few pixels inside of an element. */
export async function dropOn(target: Locator, paths: readonly string[]): Promise<void> {
  const box = await target.boundingBox();
  await dropAt(target.page(), { x: (box?.x ?? 0) + 5, y: (box?.y ?? 0) + 5 }, paths);
}

async function dropAt(
  page: Page,
  place: { readonly x: number; readonly y: number },
  paths: readonly string[],
): Promise<void> {
  const session = await page.context().newCDPSession(page);
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', {
      type,
      ...place,
      data: { items: [], files: paths.map((path) => resolve(path)), dragOperationsMask: 1 },
    });
  }
  await session.detach();
}

/** Makes one picture. @returns the SHA-256 of its pixels */
export async function makePicture(page: Page): Promise<string> {
  await closeDialog(page);
  await page.keyboard.press('Control+Enter');
  const end = await runEnd(page);
  if (end !== 'done') throw new Error(`${end}: ${(await page.getByRole('alert').allInnerTexts()).join(' ')}`);
  return pixelHash(page);
}

/** The SHA-256 of the pixels of the picture on the stage. */
export async function pixelHash(page: Page): Promise<string> {
  return stage(page)
    .locator('img')
    .first()
    .evaluate(async (image) => {
      if (!(image instanceof HTMLImageElement)) throw new Error('no picture');
      await image.decode();
      const canvas = new OffscreenCanvas(image.naturalWidth, image.naturalHeight);
      const context = canvas.getContext('2d');
      context?.drawImage(image, 0, 0);
      const data = context?.getImageData(0, 0, canvas.width, canvas.height).data ?? new Uint8ClampedArray();
      const digest = await crypto.subtle.digest('SHA-256', data);
      return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
    });
}
