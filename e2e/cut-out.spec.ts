import { cp, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Locator, type Page } from '@playwright/test';
import UPNG from 'upng-js';

import { startHubServer, type HubServer } from '../workers/testing/hub-server/hub-server.ts';
import { section } from './support/model-dialog.ts';
import { downloadPicture, pinFiles, runEnd, stage, wordButton } from './support/page-driver.ts';
import { collectProblems, test } from './support/tiny-model.ts';

const rabbit = 'public/models/picturebook/samples/rabbit-dipped.png';
const popover = (page: Page): Locator => page.getByRole('dialog');
const toCutOut = (page: Page): Locator => popover(page).getByRole('button', { name: /^Cut out/ });
const isCutOut = (page: Page): Locator => popover(page).getByRole('switch', { name: 'Leave the background out' });

/** Requests that leave the site. */
function foreignRequests(page: Page, baseURL: string | undefined): readonly string[] {
  const foreign: string[] = [];
  page.context().on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(baseURL ?? '') && !/^(blob|data):/u.test(url)) foreign.push(url);
  });
  return foreign;
}

async function openMiniature(page: Page): Promise<void> {
  await page.goto('/?provider=wasm&steps=2&seed=7&caption=a rabbit on the beach');
  await page.locator('[data-state=ready]').first().waitFor();
  await pinFiles(page, 1, [rabbit]);
}

/** What the PNG of the newest picture says of its first pinned picture. */
async function recipeSubject(page: Page): Promise<unknown> {
  const { tabs } = UPNG.decode(new Uint8Array(await readFile(await (await downloadPicture(page)).path())).buffer);
  const { data } = JSON.parse(tabs.iTXt?.['pinword'] ?? '{}') as {
    data: { compose: { pins: { subjects: unknown[] }[] } };
  };
  return data.compose.pins[0]?.subjects[0];
}

test('a picture is cut out at one click, offline, and stays so until it is switched off', async ({ page, baseURL }) => {
  const problems = collectProblems(page);
  const foreign = foreignRequests(page, baseURL);
  await openMiniature(page);
  await wordButton(page, 1).click();
  await toCutOut(page).click();
  await expect(isCutOut(page)).toBeChecked();
  await page.screenshot({ path: 'test-results/screenshots/cut-out.png' });
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await popover(page).getByRole('button', { name: 'Done' }).click();
  await expect(toCutOut(page)).toHaveAttribute('aria-pressed', 'true');
  await page.screenshot({ path: 'test-results/screenshots/cut-out-list.png' });
  await popover(page).getByRole('button', { name: /^Crop/ }).click();
  await expect(popover(page).getByRole('group', { name: /^Region/ })).toBeVisible();
  await page.screenshot({ path: 'test-results/screenshots/cut-out-crop.png' });
  await popover(page).getByRole('button', { name: 'Use this part' }).click();
  await popover(page).getByRole('button', { name: 'Close' }).click();

  await page.getByRole('button', { name: 'Generate' }).click();
  expect(await runEnd(page)).toBe('done');
  await expect(stage(page).getByRole('img').first()).toBeVisible();
  const cut = { isOn: true, backdrop: 'white' };
  expect(await recipeSubject(page)).toMatchObject({ region: { x: 0, y: 0 }, cutOut: cut });

  await page.reload();
  await page.locator('[data-state=ready]').first().waitFor();
  await wordButton(page, 1).click();
  await expect(toCutOut(page)).toHaveAttribute('aria-pressed', 'true');
  await toCutOut(page).click();
  await isCutOut(page).uncheck();
  await popover(page).getByRole('button', { name: 'Done' }).click();
  await expect(toCutOut(page)).toHaveAttribute('aria-pressed', 'false');
  await popover(page).getByRole('button', { name: 'Close' }).click();
  await page.getByRole('button', { name: 'Generate' }).click();
  expect(await runEnd(page)).toBe('done');
  expect(await recipeSubject(page)).toMatchObject({ cutOut: { ...cut, isOn: false } });
  expect(foreign).toEqual([]);
  expect(problems).toEqual([]);
});

for (const [screen, viewport] of Object.entries({
  desktop: { width: 1440, height: 900 },
  phone: { width: 390, height: 844 },
})) {
  test(`axe finds nothing in a cut-out, and all of it is reached: ${screen}, dark`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
    await page.setViewportSize(viewport);
    await openMiniature(page);
    await wordButton(page, 1).click();
    await toCutOut(page).click();
    await expect(isCutOut(page)).toBeChecked();
    await popover(page).getByRole('combobox', { name: 'Behind it' }).selectOption('The photo, blurred');
    await page.screenshot({ path: `test-results/screenshots/cut-out-${screen}-dark.png` });
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    await popover(page).getByRole('button', { name: '+ Subject' }).click();
    const pointer = popover(page).getByRole('button', { name: /^Point at the subject:/ });
    await pointer.focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    const question = popover(page).getByRole('group', { name: 'Before a download' });
    await expect(question).toContainText('SlimSAM');
    await expect(question).toContainText('huggingface.co');
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
    await question.scrollIntoViewIfNeeded();
    await page.screenshot({ path: `test-results/screenshots/cut-out-${screen}-dark-question.png` });
    await question.getByRole('button', { name: 'Not now' }).click();
    await expect(isCutOut(page)).toBeChecked();
    await expect(question).toBeHidden();
    await popover(page).getByRole('button', { name: 'Done' }).click();
    await expect(toCutOut(page)).toHaveAttribute('aria-pressed', 'true');
  });
}

/** The Hub with networks of the right layout: the picture book's in ormbg's place, one of random weights in SlimSAM's. */
async function hubOfNetworks(page: Page): Promise<HubServer & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'networks-'));
  const [ormbg, slimsam] = [join(folder, 'ormbg'), join(folder, 'slimsam')];
  await cp('public/models/picturebook-cutout', ormbg, { recursive: true });
  await rename(join(ormbg, 'onnx/model.onnx'), join(ormbg, 'onnx/model_quantized.onnx'));
  await cp('workers/reference/data/cut-out/sam', slimsam, { recursive: true });
  const hub = await startHubServer({
    repositories: { 'onnx-community/ormbg-ONNX': ormbg, 'Xenova/slimsam-77-uniform': slimsam },
  });
  await page.context().route('https://huggingface.co/**', async (route) => {
    const { pathname, search } = new URL(route.request().url());
    // The networks are asked for at a commit of the real Hub; this one has its own.
    const path = pathname.replace(/\/(resolve|revision)\/[0-9a-f]{40}/u, '/$1/main');
    await route.fulfill({ response: await route.fetch({ url: `${hub.origin}${path}${search}` }) });
  });
  return {
    ...hub,
    get log() {
      return hub.log;
    },
    get sentBytes() {
      return hub.sentBytes;
    },
    [Symbol.asyncDispose]: async () => {
      await hub.close();
      await rm(folder, { recursive: true });
    },
  };
}

test('photos are cut out by a network that is downloaded once, after a yes', async ({ page, open }) => {
  await using hub = await hubOfNetworks(page);
  await open({ provider: 'wasm', steps: '1' });
  await pinFiles(page, 1, [rabbit]);
  await wordButton(page, 1).click();
  await toCutOut(page).click();
  const question = popover(page).getByRole('group', { name: 'Before a download' });
  await expect(question).toContainText(/ormbg.*44 MB.*huggingface\.co.*Apache 2\.0/);
  expect(hub.log).toEqual([]);
  await question.getByRole('button', { name: 'Not now' }).click();
  await expect(isCutOut(page)).toBeHidden();
  expect(hub.log).toEqual([]);

  hub.setFaults([{ kind: 'wrong-byte', path: 'model_quantized', at: 5000 }]);
  await popover(page).getByRole('button', { name: 'Find it again' }).click();
  await question.getByRole('button', { name: 'Download' }).click();
  await expect(popover(page).getByRole('alert')).not.toBeEmpty();
  await expect(isCutOut(page)).toBeHidden();
  hub.setFaults([]);
  await popover(page).getByRole('button', { name: 'Find it again' }).click();
  await question.getByRole('button', { name: 'Download' }).click();
  await expect(isCutOut(page)).toBeChecked();

  await popover(page).getByRole('button', { name: '+ Subject' }).click();
  await popover(page)
    .getByRole('button', { name: /^Point at the subject:/ })
    .click();
  await expect(question).toContainText(/SlimSAM.*14 MB/);
  await question.getByRole('button', { name: 'Download' }).click();
  await expect(question).toBeHidden();
  await expect(popover(page).getByRole('button', { name: 'Find it again' })).toBeVisible();
  await page.screenshot({ path: 'test-results/screenshots/cut-out-points.png' });
  await popover(page).getByRole('button', { name: 'Close' }).click();

  hub.setFaults([]);
  await page.reload();
  await wordButton(page, 1).click();
  await toCutOut(page).click();
  await isCutOut(page).uncheck();
  await popover(page).getByRole('button', { name: 'Find it again' }).click();
  await expect(isCutOut(page)).toBeChecked();
  expect(hub.log.filter(({ path }) => /ormbg|slimsam/.test(path))).toEqual([]);
  await popover(page).getByRole('button', { name: 'Close' }).click();
  const stored = await section(page, 'Stored in this browser');
  await expect(stored.getByRole('listitem').filter({ hasText: 'ormbg (cuts out subjects)' })).toContainText(
    'Apache 2.0',
  );
});

test('a damaged network of the site is said, and the pin stays as it was', async ({ page, context }) => {
  const file = join(await mkdtemp(join(tmpdir(), 'damaged-')), 'model.onnx');
  await writeFile(file, 'no network');
  await context.route('**/picturebook-cutout/onnx/model.onnx', (route) => route.fulfill({ path: file }));
  await openMiniature(page);
  await wordButton(page, 1).click();
  await toCutOut(page).click();
  await expect(popover(page).getByRole('alert')).toContainText('Picture book cut-out');
  await expect(isCutOut(page)).toBeHidden();
  await popover(page).getByRole('button', { name: 'Done' }).click();
  await expect(toCutOut(page)).toHaveAttribute('aria-pressed', 'false');
});
