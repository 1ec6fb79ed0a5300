import { createServer } from 'node:net';

import type { BrowserContext, BrowserType, LaunchOptions } from '@playwright/test';

/** Flags of Playwright that let hidden tabs go on as if they were seen. */
const keptAwake = [
  '--disable-background-timer-throttling',
  '--disable-backgrounding-occluded-windows',
  '--disable-renderer-backgrounding',
];

interface BrowserWithTabs extends AsyncDisposable {
  readonly context: BrowserContext;
}

/**
 * A browser whose tabs are hidden behind one another, as a person's are. Playwright tells each page that it opens itself
 * that it is in front; only a browser that it is connected to with `noDefaults` is left as it is.
 */
export async function browserWithTabs(
  chromium: BrowserType,
  { args = [], ...options }: LaunchOptions,
): Promise<BrowserWithTabs> {
  const port = await freePort();
  const launched = await chromium.launch({
    ...options,
    args: [...args, `--remote-debugging-port=${port}`],
    ignoreDefaultArgs: keptAwake,
  });
  const browser = await chromium.connectOverCDP(`http://127.0.0.1:${port}`, { noDefaults: true });
  const [context] = browser.contexts();
  if (context === undefined) throw new Error('The browser has no context of its own.');
  return {
    context,
    [Symbol.asyncDispose]: async () => {
      await browser.close();
      await launched.close();
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
  });
}
