import { expect, type Page } from '@playwright/test';

import { lookAt } from './support/look-at.ts';
import { modelSettled, pinFiles, unpinAll, wordButton } from './support/page-driver.ts';
import { collectProblems, test } from './support/tiny-model.ts';

const samples = 'public/models/picturebook/samples';
const dog = `${samples}/dog-spotted.png`;
const rabbit = `${samples}/rabbit-dipped.png`;
const cat = `${samples}/cat-striped.png`;

const sheet = (page: Page) => page.getByRole('dialog', { name: 'Your subjects' });
const subjects = (page: Page) => sheet(page).getByRole('list', { name: 'Subjects' }).getByRole('listitem');
const openSheet = (page: Page) => page.getByRole('button', { name: 'Your subjects', exact: true }).click();

test('what was pinned once is found, named, pinned again, deleted and put back', async ({ page }) => {
  const problems = collectProblems(page);
  await page.goto('/?provider=wasm&caption=a rabbit and a dog');
  await pinFiles(page, 1, [rabbit]);
  await pinFiles(page, 4, [dog]);
  await pinFiles(page, 4, [cat]);
  await unpinAll(page);
  await page.reload();

  // By the popover of a word: what is called like it comes first.
  await wordButton(page, 1).click();
  const row = page.getByRole('region', { name: 'Your subjects' }).getByRole('button', { name: /^Pin your subject/ });
  await expect(row).toHaveCount(3);
  await expect(row.first()).toHaveAccessibleName('Pin your subject rabbit');
  await page.screenshot({ path: 'test-results/screenshots/library-popover.png' });
  await row.first().click();
  await expect(row.first()).toHaveAttribute('aria-pressed', 'true');
  await page.keyboard.press('Escape');
  await expect(wordButton(page, 1)).toHaveAccessibleName(/1 picture pinned/);

  // By the sheet: named, found, pinned by a press and by dragging.
  await openSheet(page);
  await expect(subjects(page)).toHaveCount(3);
  await expect(sheet(page).getByText(/^3 subjects · \d+ KB in this browser/)).toBeVisible();
  await lookAt(page, 'library');
  const name = sheet(page).getByRole('textbox', { name: 'Name of cat-striped.png' });
  await name.fill('Tom');
  await name.press('Enter');
  await sheet(page).getByRole('searchbox').fill('tom');
  await expect(subjects(page)).toHaveCount(1);
  await sheet(page).getByRole('button', { name: 'dog', exact: true }).click();
  await sheet(page).getByRole('button', { name: 'Pin Tom on “dog”' }).click();
  await expect(sheet(page).getByRole('button', { name: 'Pin Tom on “dog”' })).toHaveAttribute('aria-pressed', 'true');
  await sheet(page).getByRole('searchbox').fill('');
  await sheet(page)
    .getByRole('button', { name: 'Pin dog on “dog”' })
    .dragTo(sheet(page).getByRole('group', { name: 'The word to pin on' }).getByRole('button', { name: 'rabbit' }));
  await sheet(page).getByRole('button', { name: 'Close' }).click();
  await wordButton(page, 1).click();
  await expect(page.getByRole('list', { name: 'Pinned pictures' })).toContainText('dog-spotted.png');
  await page.keyboard.press('Escape');
  await wordButton(page, 4).click();
  await expect(page.getByRole('list', { name: 'Pinned pictures' })).toContainText('cat-striped.png');
  await page.keyboard.press('Escape');

  // Deleted with undo; what is in the library outlives a reload while nothing else refers to it.
  await openSheet(page);
  await sheet(page).getByRole('button', { name: 'Delete Tom' }).click();
  await expect(subjects(page)).toHaveCount(2);
  const told = page.getByRole('region', { name: /^Messages/ }).getByRole('listitem');
  await told.filter({ hasText: '“Tom” was deleted' }).getByRole('button', { name: 'Undo' }).click();
  await expect(subjects(page)).toHaveCount(3);
  await sheet(page).getByRole('button', { name: 'Delete Tom' }).click();
  await sheet(page).getByRole('button', { name: 'Close' }).click();
  await unpinAll(page);
  await page.reload();
  await openSheet(page);
  await expect(subjects(page)).toHaveCount(2);
  await sheet(page)
    .getByRole('button', { name: /^Pin rabbit/ })
    .click();
  await page.getByRole('dialog', { name: 'Which word is it?' }).getByRole('button', { name: 'rabbit' }).click();
  await expect(wordButton(page, 1)).toHaveAccessibleName(/1 picture pinned/);
  expect(problems).toEqual([]);
});

test('the map shows what is alike to the model, and pins what is pressed', async ({ page }) => {
  const problems = collectProblems(page);
  await page.goto('/?provider=wasm&caption=a rabbit and a dog');
  await modelSettled(page, 300_000);
  await pinFiles(page, 1, [rabbit]);
  await openSheet(page);
  await sheet(page).getByRole('button', { name: 'Map', exact: true }).click();
  await expect(sheet(page).getByText('The map needs at least 5 subjects; there is 1.')).toBeVisible();
  await sheet(page).getByRole('button', { name: 'Close' }).click();

  const others = [
    'dog-spotted',
    'cat-striped',
    'bird-plain',
    'fish-striped',
    'car-spotted',
    'house-checked',
    'elephant-checked',
  ];
  await pinFiles(
    page,
    4,
    others.map((name) => `${samples}/${name}.png`),
  );
  await openSheet(page);
  const map = sheet(page).getByRole('group', { name: 'Map of your subjects' });
  await expect(map).toBeVisible();
  await expect(map.getByRole('list', { name: 'Subjects on the map' }).getByRole('listitem')).toHaveCount(8);

  // By keys: one of the buttons is in the order of Tab, the others are reached by arrows.
  await map.getByRole('button', { name: 'Show all of the map' }).focus();
  await page.keyboard.press('Tab');
  const focused = map.locator('button[data-subject]:focus');
  await expect(focused).toHaveAccessibleName(/^Pin .+ on “rabbit”\. Near it: .+, .+, .+/);
  const first = await focused.getAttribute('data-subject');
  for (const key of ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown']) await page.keyboard.press(key);
  await expect(focused).toHaveCount(1);
  await page.keyboard.press('+');
  await page.keyboard.press('0');
  await lookAt(page, 'library-map');
  await page.keyboard.press('Enter');
  await expect(focused).toHaveAttribute('aria-pressed', 'true');
  expect(first).not.toBeNull();

  // By the mouse: a press on a thumbnail pins it, a drag moves the map.
  const target = map.locator('button[data-subject][aria-pressed=false]').first();
  const id = (await target.getAttribute('data-subject')) ?? '';
  await target.focus();
  const ring = map.locator('span:not([data-pinned])[style]').last();
  const box = await ring.boundingBox();
  if (box === null) throw new Error('no ring');
  const at = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  await page.mouse.move(at.x, at.y);
  await page.mouse.down();
  await page.mouse.move(at.x + 40, at.y + 10, { steps: 4 });
  await page.mouse.up();
  await expect(map.locator(`[data-subject="${id}"]`)).toHaveAttribute('aria-pressed', 'false');
  await page.mouse.wheel(0, -200);
  await map.getByRole('button', { name: 'Show all of the map' }).click();
  await page.mouse.click(at.x, at.y);
  await expect(map.locator(`[data-subject="${id}"]`)).toHaveAttribute('aria-pressed', 'true');
  await sheet(page).getByRole('button', { name: 'Close' }).click();
  await expect(wordButton(page, 1)).toHaveAccessibleName(/1 picture pinned/);
  expect(problems).toEqual([]);
});
