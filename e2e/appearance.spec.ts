import { AxeBuilder } from '@axe-core/playwright';
import { expect } from '@playwright/test';

import { pinFiles, wordButton } from './page-driver.ts';
import { smoke, test } from './tiny-model.ts';

const dog = 'public/models/picturebook/samples/dog-spotted.png';
const screens = { desktop: { width: 1440, height: 900 }, phone: { width: 390, height: 844 } };

for (const [screen, viewport] of Object.entries(screens)) {
  for (const colorScheme of ['light', 'dark'] as const) {
    const details = screen === 'phone' && colorScheme === 'light' ? smoke : {};
    test(`axe finds nothing: ${screen}, ${colorScheme}`, details, async ({ page, open, problems }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize(viewport);
      await open();
      await pinFiles(page, 1, [dog]);
      await page.screenshot({ path: `test-results/screenshots/${screen}-${colorScheme}.png` });
      expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
      await wordButton(page, 4).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      await page.screenshot({ path: `test-results/screenshots/${screen}-${colorScheme}-popover.png` });
      expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
      expect(problems).toEqual([]);
    });
  }
}

test('a picture is pinned and made with the keyboard alone', async ({ page, open }) => {
  await open({ steps: '2', provider: 'wasm' });
  await page.getByRole('textbox', { name: 'Caption' }).focus();
  for (
    let presses = 0;
    presses < 20 && !(await wordButton(page, 1).evaluate((element) => element === document.activeElement));
    presses++
  ) {
    await page.keyboard.press('Tab');
  }
  await page.keyboard.press('Enter');
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(wordButton(page, 1)).toBeFocused();
  await page.keyboard.press('Control+Enter');
  await page.locator('[data-run=done]').waitFor();
});
