import { readFile } from 'node:fs/promises';

import { expect, type Page } from '@playwright/test';
import UPNG from 'upng-js';

import { browserWithTabs } from './support/browser-with-tabs.ts';
import {
  acceptLinkedModel,
  downloadPicture,
  generateAndCancelAt,
  lookUpLinkedModel,
  openAdvanced,
  pinFiles,
  runEnd,
  stage,
  wordButton,
} from './support/page-driver.ts';
import { smoke, test, tinyAddress } from './support/tiny-model.ts';

// As most people see it; the other tests ask for less motion.
test.use({ reducedMotion: 'no-preference' });

const dog = 'public/models/picturebook/samples/dog-spotted.png';
const cat = 'public/models/picturebook/samples/cat-striped.png';

/** The engine stopped by itself: where it does not, its worker is ended, and the model is gone until the next run. */
async function expectLoaded(page: Page): Promise<void> {
  await expect(page.getByRole('button', { name: /^Model:/ })).toHaveAttribute('data-state', 'ready');
}

/** What does not depend on the provider is tested on wasm, which has no shaders to compile. */

test('two pinned subjects become a picture with its settings inside', smoke, async ({ page, open, problems }) => {
  await open({ caption: 'a dog and a cat', provider: 'webgpu' });
  await pinFiles(page, 1, [dog]);
  await pinFiles(page, 4, [cat, dog]);
  const after: string[] = [];
  await page.getByRole('button', { name: 'Generate' }).click();
  await expect(stage(page).getByText(/step \d of 4/)).toBeVisible();
  page.on('request', (request) => after.push(request.url()));
  expect(await runEnd(page)).toBe('done');
  expect(after.filter((url) => !url.startsWith('blob:'))).toEqual([]);

  const png = await readFile(await (await downloadPicture(page)).path());
  const { width, height, tabs } = UPNG.decode(new Uint8Array(png).buffer);
  expect([width, height]).toEqual([64, 64]);
  expect(tabs.iTXt?.['parameters']).toMatch(/^a dog and a cat\n.*Steps: 4, .*Seed: 7, Size: 64x64/s);
  expect(tabs.iTXt?.['parameters']).toContain('Pinned words');
  expect(JSON.parse(tabs.iTXt?.['pinword'] ?? '')).toMatchObject({ data: { compose: { caption: 'a dog and a cat' } } });
  expect(problems).toEqual([]);
});

test('previews change from step to step, and α can be moved while they come; a run is cancelled within a step, and nothing is lost', async ({
  page,
  open,
}) => {
  // No provider is named: the graphics processor is taken where there is one.
  await open({ steps: '12' });
  await pinFiles(page, 1, [dog]);
  await page.evaluate(() => {
    const seen = new Set<string>();
    Reflect.set(window, 'seenPreviews', seen);
    const look = () => {
      const canvas = document.querySelector('canvas');
      if (canvas !== null) seen.add(canvas.toDataURL());
      if (document.querySelector('[data-run=done]') === null) requestAnimationFrame(look);
    };
    look();
  });
  await page.getByRole('button', { name: 'Generate' }).click();
  await expect(stage(page).getByText(/step [2-6] of 12/)).toBeVisible();
  await page.getByRole('button', { name: 'Keep the subject' }).click();
  expect(await runEnd(page)).toBe('done');
  const previews = await page.evaluate(() => (Reflect.get(window, 'seenPreviews') as Set<string>).size);
  expect(previews).toBeGreaterThan(5);
  await expect(stage(page).getByText('α 1.00 (moved)')).toBeVisible();
  expect(JSON.parse((await stage(page).getAttribute('data-summary')) ?? '')).toMatchObject({ provider: 'webgpu' });

  const steps = page.getByRole('spinbutton', { name: 'Steps', exact: true });
  await openAdvanced(page);
  await steps.fill('1000');
  await page.getByRole('button', { name: 'Generate' }).click();
  await expect(stage(page).getByText(/step \d+ of 1000/)).toBeVisible();
  await page.getByRole('button', { name: 'Cancel' }).click();
  expect(await runEnd(page)).toBe('cancelled');
  await expectLoaded(page);
  await expect(page.getByRole('textbox', { name: 'Caption' })).toHaveValue('a dog on the beach');
  await expect(wordButton(page, 1)).toHaveAttribute('data-pinned', 'true');

  await steps.fill('2');
  await page.getByRole('button', { name: 'Generate' }).click();
  expect(await runEnd(page)).toBe('done');
});

test('Cancel is heard while pictures and caption are read, between steps, and while the picture is developed', async ({
  page,
  open,
}) => {
  // A large picture, so that developing it takes longer than the press of the button.
  await open({ steps: '1000', provider: 'wasm', width: '512', height: '512' });
  await pinFiles(page, 1, [dog]);
  await openAdvanced(page);
  for (const phase of ['Reading the pinned pictures', 'Reading the caption', 'step 1 of', 'Developing the picture']) {
    if (phase.startsWith('Developing')) await page.getByRole('spinbutton', { name: 'Steps' }).fill('1');
    await generateAndCancelAt(page, phase);
    expect(await runEnd(page)).toBe('cancelled');
    await expectLoaded(page);
  }
  await expect(page.getByRole('region', { name: 'Your pictures' }).getByRole('button')).toHaveCount(0);
});

test('Cancel also ends the loading of the model', async ({ page, modelUrl }) => {
  let answer = (): void => undefined;
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const asked = new Promise<void>((resolve) => {
    void page.route(`${modelUrl}unet/*.safetensors`, async (route) => {
      resolve();
      await answered;
      await route.abort();
    });
  });
  await page.goto(tinyAddress(modelUrl, {}));
  await lookUpLinkedModel(page);
  await asked;
  await generateAndCancelAt(page, 'Loading the model');
  expect(await runEnd(page)).toBe('cancelled');
  answer();
});

test('Generate pressed twice makes one picture', async ({ page, open }) => {
  await open({ steps: '2', provider: 'wasm' });
  await page.getByRole('button', { name: 'Generate' }).dblclick();
  expect(await runEnd(page)).toBe('done');
  await expect(page.getByRole('region', { name: 'Your pictures' }).getByRole('button')).toHaveCount(1);
});

test('the run goes on while the tab is hidden', async ({ playwright, launchOptions, baseURL, modelUrl }) => {
  await using browser = await browserWithTabs(playwright.chromium, launchOptions);
  const page = await browser.context.newPage();
  const visibility = () => page.evaluate(() => document.visibilityState);
  await page.goto(`${baseURL ?? ''}${tinyAddress(modelUrl, { steps: '200', provider: 'wasm' })}`);
  await acceptLinkedModel(page);
  await page.getByRole('button', { name: 'Generate' }).click();
  await expect(stage(page).getByText(/step \d+ of 200/)).toBeVisible();
  await (await browser.context.newPage()).bringToFront();
  await expect.poll(visibility).toBe('hidden');
  expect(await stage(page).getAttribute('data-run')).toBe('running');
  expect(await runEnd(page)).toBe('done');
  expect(await visibility()).toBe('hidden');
});

test('caption, pins, settings and pictures survive a reload', async ({ page, open, problems }) => {
  await open({ steps: '2', provider: 'wasm' });
  await pinFiles(page, 1, [dog]);
  await page.getByRole('button', { name: 'Generate' }).click();
  expect(await runEnd(page)).toBe('done');
  await page.getByRole('textbox', { name: 'Caption' }).fill('one dog on the beach');
  await expect(wordButton(page, 1)).toHaveAccessibleName(/pinned|dog-spotted/i);
  await page.goto('/');
  await expect(page.getByRole('textbox', { name: 'Caption' })).toHaveValue('one dog on the beach');
  await expect(wordButton(page, 1)).toHaveAccessibleName(/pinned|dog-spotted/i);
  await expect(page.getByRole('region', { name: 'Your pictures' }).getByRole('button')).toHaveCount(1);
  expect(problems).toEqual([]);
});
