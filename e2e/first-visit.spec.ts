import { AxeBuilder } from '@axe-core/playwright';
import { expect, test } from '@playwright/test';

import { runEnd, stage } from './support/page-driver.ts';
import { collectProblems, smoke } from './support/tiny-model.ts';

// As most people see it; the other tests ask for less motion.
test.use({ reducedMotion: 'no-preference' });

test('a first visit: the filled-in example becomes a picture at one click', smoke, async ({ page }) => {
  const problems = collectProblems(page);
  await page.goto('/?provider=wasm&steps=4');
  await expect(page.getByRole('textbox', { name: 'Caption' })).not.toHaveValue('');
  await expect(page.getByRole('slider', { name: 'Text or subject (α)' })).toBeEnabled();
  await page.screenshot({ path: 'test-results/screenshots/first-visit.png' });

  await page.getByRole('button', { name: 'Generate' }).click();
  await expect(stage(page).getByText(/step \d of 4/)).toBeVisible();
  await page.screenshot({ path: 'test-results/screenshots/forming.png' });
  expect(await runEnd(page)).toBe('done');
  await expect(stage(page).getByRole('img').first()).toBeVisible();
  await page.screenshot({ path: 'test-results/screenshots/finished.png' });
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  expect(problems).toEqual([]);
});

test('ready means ready: the first picture needs no network, and no sign is red before', async ({ page, context }) => {
  let answer = (): void => undefined;
  const looked = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route('**/unet/*.safetensors', async (route) => {
    await looked;
    await route.continue();
  });
  await page.goto('/?provider=wasm&steps=2');
  const dot = page.locator('[data-state=loading] > span').first();
  const looksLikeFailure = await dot.evaluate((sign) => {
    const failed = document.createElement('span');
    failed.style.backgroundColor = 'var(--danger)';
    document.body.append(failed);
    const { backgroundColor } = getComputedStyle(failed);
    failed.remove();
    return getComputedStyle(sign).backgroundColor === backgroundColor;
  });
  expect(looksLikeFailure).toBe(false);
  answer();
  await expect(page.getByRole('textbox', { name: 'Caption' })).not.toHaveValue('');
  await page.locator('[data-state=ready]').first().waitFor({ timeout: 200_000 });
  await context.setOffline(true);
  await page.getByRole('button', { name: 'Generate' }).click();
  expect(await runEnd(page, 200_000)).toBe('done');
  await expect(stage(page).getByRole('img').first()).toBeVisible();
});

test('a click on Generate before the first example is there makes that example', async ({ page }) => {
  let answer = (): void => undefined;
  const clicked = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route('**/examples.json', async (route) => {
    await clicked;
    await route.continue();
  });
  await page.goto('/?provider=wasm&steps=1');
  await page.getByRole('button', { name: 'Generate' }).click();
  await expect(page.getByRole('button', { name: 'Cancel' })).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Caption' })).toHaveValue('');
  answer();
  expect(await runEnd(page)).toBe('done');
  const caption = await page.getByRole('textbox', { name: 'Caption' }).inputValue();
  expect(caption).not.toBe('');
  await expect(stage(page).getByRole('img', { name: caption })).toBeVisible();
});

test('scripts, styles and the runtime come compressed', async ({ page }) => {
  const plain: string[] = [];
  const compressed: string[] = [];
  page.on('response', (response) => {
    const { pathname } = new URL(response.url());
    const { 'content-encoding': encoding, 'content-length': length = '0' } = response.headers();
    if (!/\.(?:wasm|js|css)$/u.test(pathname) || (encoding === undefined && Number(length) < 1024)) return;
    (encoding === undefined ? plain : compressed).push(pathname);
  });
  await page.goto('/?provider=wasm');
  await page.locator('[data-state=ready]').first().waitFor({ timeout: 200_000 });
  expect(plain).toEqual([]);
  expect(compressed.filter((path) => path.endsWith('.wasm'))).not.toEqual([]);
});

test('nothing moves while the page starts', async ({ page }) => {
  await page.addInitScript(() => {
    const moved: number[] = [];
    Object.assign(globalThis, { moved });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) moved.push('value' in entry ? Number(entry.value) : 0);
    }).observe({ type: 'layout-shift', buffered: true });
  });
  await page.goto('/?provider=wasm');
  await expect(page.getByRole('textbox', { name: 'Caption' })).not.toHaveValue('');
  await page.locator('[data-state=ready]').first().waitFor({ timeout: 200_000 });
  const shifts = await page.evaluate(() => Reflect.get(globalThis, 'moved') as number[]);
  expect(shifts.reduce((sum, shift) => sum + shift, 0)).toBeLessThan(0.05);
});
