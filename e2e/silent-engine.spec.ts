import { expect } from '@playwright/test';

import { runEnd, stage } from './support/page-driver.ts';
import { test } from './support/tiny-model.ts';

test('an engine that never speaks is said and can be ended; trying again makes the picture', async ({ page }) => {
  await page.clock.install();
  const silence = '**/assets/worker-*.js';
  await page.route(silence, (route) =>
    route.fulfill({
      contentType: 'text/javascript',
      // As the site sends it: an isolated page starts no worker without.
      headers: { 'cross-origin-embedder-policy': 'require-corp', 'cross-origin-resource-policy': 'same-origin' },
      body: '',
    }),
  );
  await page.goto('/?caption=a dog on the beach&steps=1&provider=wasm');
  await page.getByRole('button', { name: 'Generate' }).click();
  await page.clock.runFor(50_000);
  const said = page.getByRole('status').filter({ hasText: 'The engine has said nothing for a while.' });
  await expect(said).toBeVisible();
  await page.unroute(silence);
  await said.getByRole('button', { name: 'End the engine' }).click();
  await expect(said).toBeHidden();
  await expect(stage(page).getByRole('alert').first()).toContainText('The engine said nothing and was ended.');
  await page.clock.resume();
  await stage(page).getByRole('button', { name: 'Try again' }).click();
  expect(await runEnd(page)).toBe('done');
});
