import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

import { expectCleanInDark } from './support/look-at.ts';
import { closeAdvanced, movementEnded, openAdvanced, pinFiles, wordButton } from './support/page-driver.ts';
import { smoke, test } from './support/tiny-model.ts';

const dog = 'public/models/picturebook/samples/dog-spotted.png';
const screens = {
  desktop: { width: 1440, height: 900 },
  phone: { width: 390, height: 844 },
  'phone on its side': { width: 844, height: 390 },
  tablet: { width: 820, height: 1180 },
  'large screen': { width: 2560, height: 1440 },
};

/** What can be pressed and is under 24 pixels high or wide, but for links within a sentence (WCAG 2.2, 2.5.8). */
async function smallTargets(page: Page): Promise<readonly string[]> {
  return page.locator('button, a[href], input, select, textarea, summary').evaluateAll((elements) =>
    elements.flatMap((element) => {
      const { width, height } = element.getBoundingClientRect();
      const isSeen = width > 1 && element.checkVisibility({ opacityProperty: false, visibilityProperty: true });
      const name = element.getAttribute('aria-label') ?? element.textContent;
      return isSeen && element.closest('p') === null && Math.min(width, height) < 23.5
        ? [`${name}: ${Math.round(width)} × ${Math.round(height)}`]
        : [];
    }),
  );
}

/** Choices whose text is wider than the field that shows them. */
async function cutChoices(page: Page): Promise<readonly string[]> {
  return page.locator('select').evaluateAll((selects) =>
    selects.flatMap((select) => {
      if (!(select instanceof HTMLSelectElement)) return [];
      const { font, paddingLeft, paddingRight } = getComputedStyle(select);
      const context = document.createElement('canvas').getContext('2d');
      if (context === null) throw new Error('no canvas');
      context.font = font;
      const room = select.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
      return [...select.options].filter(({ text }) => context.measureText(text).width > room).map(({ text }) => text);
    }),
  );
}

/** Axe finds nothing, in light and dark, and what can be pressed is large enough. */
async function expectClean(page: Page, name: string): Promise<void> {
  await page.emulateMedia({ colorScheme: 'light' });
  await page.screenshot({ path: `test-results/screenshots/${name}-light.png` });
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  expect(await smallTargets(page)).toEqual([]);
  await expectCleanInDark(page, `test-results/screenshots/${name}-dark.png`);
}

for (const [screen, viewport] of Object.entries(screens)) {
  const details = screen === 'phone' ? smoke : {};
  test(
    `axe finds nothing, every choice fits, and what counts is in view while a picture forms: ${screen}`,
    details,
    async ({ page, open, problems }) => {
      const alpha = page.getByRole('slider', { name: 'Text or subject (α)' });
      await page.setViewportSize(viewport);
      await open({ steps: '30', provider: 'wasm' });
      await expect(page.getByRole('textbox', { name: 'Caption' })).toBeInViewport({ ratio: 1 });
      await pinFiles(page, 1, [dog]);
      await expect(page.getByRole('button', { name: 'Generate' })).toBeInViewport({ ratio: 1 });
      await expect(alpha).toBeInViewport({ ratio: 1 });
      await page.emulateMedia({ reducedMotion: 'reduce' });
      await expectClean(page, screen);
      await wordButton(page, 4).click();
      await expect(page.getByRole('dialog')).toBeVisible();
      // It grows to its size as it opens.
      await movementEnded(page);
      await expectClean(page, `${screen}-popover`);
      await page.emulateMedia({ colorScheme: null, reducedMotion: null });
      await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
      await openAdvanced(page);
      expect(await cutChoices(page)).toEqual([]);
      await closeAdvanced(page);

      await page.getByRole('button', { name: 'Generate' }).click();
      await expect(page.getByRole('img', { name: /^Preview of/u })).toBeInViewport({ ratio: 0.95 });
      await expect(alpha).toBeInViewport({ ratio: 1 });
      await expect(page.getByRole('button', { name: /^Cancel/u })).toBeInViewport({ ratio: 1 });
      await expect(page.getByRole('progressbar', { name: 'Picture' })).toBeInViewport({ ratio: 1 });
      await page.locator('[data-run=done]').waitFor();
      const picture = await page
        .getByRole('region', { name: 'Picture', exact: true })
        .getByRole('img')
        .first()
        .boundingBox();
      const actions = await page.getByRole('group', { name: 'Picture actions' }).boundingBox();
      expect((actions?.y ?? Infinity) - ((picture?.y ?? 0) + (picture?.height ?? 0))).toBeLessThan(120);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(viewport.width);
      expect(problems).toEqual([]);
    },
  );
}

/** Buttons, fields and headings that reach beyond the window, or whose text is cut off by their own box. */
async function cutOff(page: Page): Promise<readonly string[]> {
  return page.locator('button:visible, select:visible, h2:visible, label:visible').evaluateAll((elements) =>
    elements.flatMap((element) => {
      const { left, right } = element.getBoundingClientRect();
      const isInRow = element.closest('[data-row], ul') !== null;
      const isOutside = !isInRow && (left < -1 || right > innerWidth + 1);
      const isCut = element instanceof HTMLButtonElement && element.scrollWidth > element.clientWidth + 1;
      return isOutside || isCut ? [element.getAttribute('aria-label') ?? element.textContent] : [];
    }),
  );
}

test('at 200 % and in forced colours nothing is cut off, and axe finds nothing', async ({ page, open, problems }) => {
  // A window of 1440 × 900 has half the pixels of a page at 200 %.
  await page.setViewportSize({ width: 720, height: 450 });
  await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' });
  await open({ provider: 'wasm', steps: '1', count: '2' });
  await pinFiles(page, 1, [dog]);
  const look = async (name: string): Promise<void> => {
    await movementEnded(page);
    await page.screenshot({ path: `test-results/screenshots/forced-${name}.png` });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(720);
    expect(await cutOff(page), name).toEqual([]);
    expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  };
  await page.keyboard.press('Control+Enter');
  await page.locator('[data-run=done]').waitFor();
  await look('page');
  await wordButton(page, 1).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await look('pin');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^All pictures/u }).click();
  const sheet = page.getByRole('dialog', { name: 'Your pictures' });
  await look('gallery');
  await sheet
    .getByRole('button', { name: /^Open /u })
    .first()
    .click();
  await look('view');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Your subjects' }).click();
  await look('library');
  expect(problems).toEqual([]);
});

test('axe finds nothing in what opens: examples, the model, messages, keys; a message stays, and covers no title on a phone', async ({
  page,
  open,
}) => {
  const caption = page.getByRole('textbox', { name: 'Caption' });
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await open({ steps: 'many', caption: 'a dog', provider: 'wasm' });
  await expect(page.getByRole('region', { name: /^Messages/u }).getByRole('alert')).toBeVisible();
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await page.getByRole('button', { name: 'Examples' }).click();
  await expect(page.getByRole('menu')).toBeVisible();
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: /^Model:/u }).click();
  await expect(page.getByRole('dialog', { name: 'Model' })).toBeVisible();
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: /^Model:/u })).toBeFocused();
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: 'Keys' }).getByText('Generate, from any field')).toBeVisible();
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await page.keyboard.press('Escape');
  await caption.press('?');
  await expect(page.getByRole('dialog')).toHaveCount(0);

  await page.emulateMedia({ reducedMotion: null });
  await page.setViewportSize({ width: 390, height: 844 });
  await caption.fill('a dog');
  await pinFiles(page, 1, [dog]);
  const messages = page.getByRole('region', { name: /^Messages/u });
  const message = messages.getByRole('listitem').last();
  await expect(message).toBeVisible();
  for (const [button, title] of [
    [/^Model:/u, 'Model'],
    ['Keys', 'Keys'],
    ['Your subjects', 'Your subjects'],
  ] as const) {
    // The message lies over the header.
    await page.getByRole('button', { name: button, exact: true }).press('Enter');
    const dialog = page.getByRole('dialog', { name: title, exact: true });
    await movementEnded(page);
    const below = await message.boundingBox();
    for (const part of [
      dialog.getByRole('heading', { name: title, exact: true }),
      dialog.getByRole('button', { name: 'Close' }),
    ])
      expect((await part.boundingBox())?.y).toBeGreaterThanOrEqual((below?.y ?? 0) + (below?.height ?? 0));
    await page.screenshot({ path: `test-results/screenshots/message-over-${title.replace(' ', '-')}.png` });
    await dialog.getByRole('button', { name: 'Close' }).click();
  }

  await page.setViewportSize(screens.desktop);
  const close = messages.getByRole('listitem').filter({ hasText: 'steps=many' }).getByRole('button', {
    name: 'Close the message',
  });
  const box = await close.boundingBox();
  expect(Math.min(box?.width ?? 0, box?.height ?? 0)).toBeGreaterThanOrEqual(24);
  await caption.focus();
  await page.keyboard.press('Alt+t');
  await expect(close).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(close).toHaveCount(0);
  await expect(caption).toBeFocused();
});

test('the first tab leads past the header to the caption', async ({ page }) => {
  await page.goto('/?provider=wasm');
  await expect(page.getByRole('button', { name: 'Examples' })).toBeVisible();
  await page.keyboard.press('Tab');
  await expect(page.getByRole('link', { name: 'Skip to the caption' })).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('textbox', { name: 'Caption' })).toBeFocused();
});

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
  await expect(page.getByRole('dialog', { name: 'Pin on “dog”' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(wordButton(page, 1)).toBeFocused();
  await page.keyboard.press('Control+Enter');
  await page.locator('[data-run=done]').waitFor();
});
