import { expect, test } from '@playwright/test';

import { runEnd, stage } from './support/page-driver.ts';
import { serve } from './support/site.ts';
import { collectProblems } from './support/tiny-model.ts';

test('under a sub-path, as on GitHub Pages, a first visit makes a picture', async ({ page }) => {
  const site = await serve('dist', '/someone/pinword/');
  const problems = collectProblems(page);
  const strayed: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith(site.url) && !request.url().startsWith('blob:')) strayed.push(request.url());
  });
  await page.goto(`${site.url}?provider=wasm&steps=1`);
  await expect(page.getByRole('textbox', { name: 'Caption' })).not.toHaveValue('');
  await page.getByRole('button', { name: 'Generate' }).click();
  expect(await runEnd(page)).toBe('done');
  await expect(stage(page).getByRole('img').first()).toBeVisible();
  const notices = await page.request.get(`${site.url}third-party-notices.txt`);
  expect(await notices.text()).toContain('onnxruntime-web');
  expect(strayed).toEqual([]);
  expect(problems).toEqual([]);
  await site.close();
});
