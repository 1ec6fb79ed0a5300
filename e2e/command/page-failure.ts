import type { Page } from '@playwright/test';

const parts: ReadonlySet<string> = new Set(['document', 'script', 'stylesheet']);

/**
 * Rejects as soon as the page can do nothing more: it crashed, a part of the site is missing or broken, or its code threw.
 * Never resolves.
 */
export function pageFailure(page: Page): Promise<never> {
  const failure = new Promise<never>((_, reject) => {
    const fail = (words: string) => {
      reject(new Error(words));
    };
    page.on('crash', () => {
      fail('The page crashed; the browser may have run out of memory.');
    });
    page.on('close', () => {
      fail('The browser was closed.');
    });
    page.on('pageerror', ({ message }) => {
      fail(`The page threw an error: ${message}`);
    });
    page.on('response', (response) => {
      const isPart =
        parts.has(response.request().resourceType()) || /\.(?:js|mjs|wasm|css)$/.test(new URL(response.url()).pathname);
      if (isPart && response.status() >= 400)
        fail(`A part of the site is missing: ${response.url()} (status ${response.status()}). Build it again.`);
    });
  });
  // It may fail when nobody waits any more.
  failure.catch(() => undefined);
  return failure;
}
