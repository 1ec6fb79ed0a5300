/**
 * Makes README's picture: the page with the first example's finished picture, as a first visitor gets it.
 *
 * npm run picture
 */
import { chromium } from '@playwright/test';

import { runEnd, stage } from '../e2e/support/page-driver.ts';
import { buildAndServe } from '../e2e/support/site.ts';
import { provideBrowser, softwareGpuFlags } from '../provision/browser.ts';

const executablePath = provideBrowser(console.log);
const site = await buildAndServe();
const browser = await chromium.launch({
  args: [...softwareGpuFlags],
  ...(executablePath === null ? {} : { executablePath }),
});
const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
await page.goto(`${site.url}?provider=wasm`);
await page.locator('[data-state=ready]').first().waitFor({ timeout: 600_000 });
await page.getByRole('button', { name: 'Generate' }).click();
const end = await runEnd(page, 600_000);
if (end !== 'done') throw new Error(`The run ended as ${end}.`);
await stage(page).getByRole('img').first().waitFor();
await page.mouse.move(0, 0);
await page.evaluate(() => document.fonts.ready);
await page.screenshot({ path: 'docs/pinword.png' });
await browser.close();
await site.close();
