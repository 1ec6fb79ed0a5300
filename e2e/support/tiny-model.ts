import { test as base, type Page } from '@playwright/test';

import { acceptLinkedModel } from './page-driver.ts';
import { serve } from './site.ts';

/** A checkpoint of random weights that makes pictures of 64 × 64 in seconds on a software adapter. */
const tinyModel = 'workers/reference/data/sd15';

/** The tests that `npm test` runs; `npm run test:all` runs the others too. */
export const smoke = { tag: '@smoke' };

interface Fixtures {
  /** Opens the site with the tiny model and these URL parameters. */
  readonly open: (parameters?: Readonly<Record<string, string>>) => Promise<void>;
  readonly problems: readonly string[];
}

/** The site's address, from its root, with the tiny model and these URL parameters. */
export function tinyAddress(modelUrl: string, parameters: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams({
    caption: 'a dog on the beach',
    steps: '4',
    seed: '7',
    model: modelUrl,
    ...parameters,
  });
  return `/?${query.toString()}`;
}

/** Tests over the tiny model. `problems` collects console errors and uncaught exceptions. */
export const test = base.extend<Fixtures, { readonly modelUrl: string }>({
  modelUrl: [
    async ({}, use) => {
      const server = await serve(tinyModel);
      await use(server.url);
      await server.close();
    },
    { scope: 'worker' },
  ],
  open: async ({ page, modelUrl }, use) => {
    await use(async (parameters = {}) => {
      await page.goto(tinyAddress(modelUrl, parameters));
      await acceptLinkedModel(page);
    });
  },
  problems: async ({ page }, use) => {
    await use(collectProblems(page));
  },
});

/** Console errors and uncaught exceptions of a page. A file that a checkpoint may lack is asked for and answers 404. */
export function collectProblems(page: Page): string[] {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' && !message.text().includes('status of 404')) problems.push(message.text());
  });
  return problems;
}
