import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

import { movementEnded } from './page-driver.ts';

/** In another scheme colours alone are others: axe finds nothing in their contrast. */
export async function expectCleanInDark(page: Page, path: string): Promise<void> {
  await page.emulateMedia({ colorScheme: 'dark' });
  await movementEnded(page);
  await page.screenshot({ path });
  expect((await new AxeBuilder({ page }).withRules('color-contrast').analyze()).violations).toEqual([]);
}

/** Pictures of the page in light, in dark and on a phone, for people to look at; axe finds nothing in any of them. */
export async function lookAt(page: Page, name: string): Promise<void> {
  const take = async (suffix: string): Promise<void> => {
    await movementEnded(page);
    await page.screenshot({ path: `test-results/screenshots/${name}-${suffix}.png` });
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  };
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await take('light');
  await expectCleanInDark(page, `test-results/screenshots/${name}-dark.png`);
  const before = page.viewportSize();
  await page.setViewportSize({ width: 390, height: 844 });
  await take('phone');
  if (before !== null) await page.setViewportSize(before);
}
