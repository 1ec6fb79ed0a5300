import { expect } from '@playwright/test';

import { runEnd } from './support/page-driver.ts';
import { test } from './support/tiny-model.ts';

test('a model loads and a run ends though the garbage collector runs all the time', async ({
  page,
  open,
  problems,
}) => {
  page.on('worker', (worker) => {
    // The browser was started with `gc` exposed. A worker that ends first needs no collector.
    worker.evaluate('setInterval(() => { globalThis.gc(); }, 2)').catch(() => undefined);
  });
  await open({ provider: 'wasm', steps: '1' });
  await page.getByRole('button', { name: 'Generate' }).click();
  expect(await runEnd(page)).toBe('done');
  expect(problems).toEqual([]);
});
