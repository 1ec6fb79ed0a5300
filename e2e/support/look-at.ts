import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

import { movementEnded } from './page-driver.ts';

/** Pictures of the page in light, in dark and on a phone, for people to look at; axe finds nothing in any of them. */
export async function lookAt(page: Page, name: string): Promise<void> {
  const take = async (suffix: string): Promise<void> => {
    await movementEnded(page);
    await page.screenshot({ path: `test-results/screenshots/${name}-${suffix}.png` });
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  };
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await take(colorScheme);
  }
  const before = page.viewportSize();
  await page.setViewportSize({ width: 390, height: 844 });
  await take('phone');
  if (before !== null) await page.setViewportSize(before);
}
