import { expect } from '@playwright/test';

import { acceptLinkedModel, runEnd } from './support/page-driver.ts';
import { smoke, test } from './support/tiny-model.ts';

test(
  'without WebGPU the page says what to do, and the processor makes the picture',
  smoke,
  async ({ page, modelUrl }) => {
    await page.addInitScript(() => {
      Object.defineProperty(Navigator.prototype, 'gpu', { value: undefined });
    });
    await page.route('**/assets/worker-*.js', async (route) => {
      const response = await route.fetch();
      const hidden = "Object.defineProperty(Object.getPrototypeOf(navigator), 'gpu', { value: undefined });\n";
      await route.fulfill({ response, body: hidden + (await response.text()) });
    });
    await page.goto('/?caption=a dog on the beach&steps=2&seed=7');
    const advice = page.getByRole('region', { name: 'This browser cannot use the graphics processor' });
    await expect(advice).toContainText(/Chrome|Edge|Firefox|Safari/);
    await expect(advice.getByRole('button', { name: 'Run on the processor' })).toBeVisible();
    await page.getByRole('button', { name: 'Generate' }).click();
    await expect(advice).toBeFocused();
    await expect(advice).toBeInViewport();

    await page.unrouteAll();
    await page.goto(`/?caption=a dog on the beach&steps=2&seed=7&provider=wasm&model=${encodeURIComponent(modelUrl)}`);
    await acceptLinkedModel(page);
    await page.getByRole('button', { name: 'Generate' }).click();
    expect(await runEnd(page)).toBe('done');
  },
);
