import { rm } from 'node:fs/promises';

import type { Browser, Page } from '@playwright/test';

import { type HubServer, startHubServer } from '../../workers/testing/hub-server/hub-server.ts';

export interface HubPage {
  readonly hub: HubServer;
  readonly page: Page;
  /** Also removes the folder. */
  readonly close: () => Promise<void>;
}

/** One page and one hub for all tests of a file, each of which goes on where the one before ended. @param folder what the file works with */
export async function openHubPage(
  browser: Browser,
  folder: string,
  repositories: Readonly<Record<string, string>>,
): Promise<HubPage> {
  const hub = await startHubServer({ repositories });
  const context = await browser.newContext();
  const page = await context.newPage();
  const close = async (): Promise<void> => {
    await context.close();
    await hub.close();
    await rm(folder, { recursive: true });
  };
  return { hub, page, close };
}
