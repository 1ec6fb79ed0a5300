import type { Download, Locator, Page } from '@playwright/test';

/** The buttons of the caption's words, in order. */
export function wordButton(page: Page, word: number): Locator {
  return page
    .getByRole('region', { name: 'Click a word to pin a picture on it' })
    .getByRole('listitem')
    .nth(word)
    .getByRole('button');
}

/** Pins picture files on a word, as a person does by its popover. @throws Error with the page's own words */
export async function pinFiles(page: Page, word: number, files: readonly string[]): Promise<void> {
  await wordButton(page, word).click();
  const popover = page.getByRole('dialog');
  await popover.getByLabel(/^Picture for /).setInputFiles([...files]);
  const pinned = popover.getByRole('list', { name: 'Pinned pictures' }).getByRole('listitem');
  const problem = popover.getByRole('alert').locator('p');
  await pinned
    .nth(files.length - 1)
    .or(problem.first())
    .first()
    .waitFor();
  if ((await problem.count()) > 0) throw new Error((await problem.allInnerTexts()).join(' '));
  await popover.getByRole('button', { name: 'Close' }).click();
}

/** Cuts out the pictures that are pinned on a word; a network that this needs is downloaded. @param timeout in ms @throws Error with the page's own words */
export async function cutOutPins(page: Page, word: number, timeout: number): Promise<void> {
  await wordButton(page, word).click();
  const popover = page.getByRole('dialog');
  const tools = popover.getByRole('button', { name: /^Cut out/ });
  const isCutOut = popover.getByRole('switch', { name: 'Leave the background out' });
  const problem = popover.getByRole('alert').locator('p');
  const yes = popover.getByRole('button', { name: 'Download' });
  await tools.first().waitFor();
  for (let index = 0; index < (await tools.count()); index++) {
    await tools.nth(index).click();
    await isCutOut.or(problem).or(yes).first().waitFor({ timeout });
    if (await yes.isVisible()) await yes.click();
    await isCutOut.or(problem).first().waitFor({ timeout });
    if ((await problem.count()) > 0) throw new Error((await problem.allInnerTexts()).join(' '));
    await popover.getByRole('button', { name: 'Done' }).click();
  }
  await popover.getByRole('button', { name: 'Close' }).click();
}

/** Takes away everything that is pinned. */
export async function unpinAll(page: Page): Promise<void> {
  const pinned = page.locator('[data-word][data-pinned=true]');
  while ((await pinned.count()) > 0) {
    const before = await pinned.count();
    await pinned.first().click();
    const popover = page.getByRole('dialog');
    const list = popover.getByRole('list', { name: 'Pinned pictures' }).getByRole('listitem');
    while ((await list.count()) > 0)
      await list
        .first()
        .getByRole('button', { name: /^Unpin/ })
        .click();
    await popover.getByRole('button', { name: 'Close' }).click();
    if ((await pinned.count()) >= before) throw new Error('What is pinned could not be unpinned.');
  }
}

const advanced = (page: Page): Locator => page.getByRole('region', { name: 'Settings' }).locator('details');

/** Shows the fields for experts. */
export async function openAdvanced(page: Page): Promise<void> {
  const details = advanced(page);
  if ((await details.getAttribute('open')) === null) await details.locator('summary').click();
}

export async function closeAdvanced(page: Page): Promise<void> {
  await advanced(page).locator('summary').click();
}

export function stage(page: Page): Locator {
  return page.getByRole('region', { name: 'Picture', exact: true });
}

/** Waits until the run has ended. @param timeout in ms; 0 is without end @returns how it ended: done, failed or cancelled */
export async function runEnd(page: Page, timeout = 0): Promise<string> {
  const ended = page.locator('[data-run=done], [data-run=failed], [data-run=cancelled]');
  await ended.waitFor({ timeout });
  return (await ended.getAttribute('data-run')) ?? '';
}

/** The question that a costly load asks before it begins. */
export function costQuestion(page: Page): Locator {
  return page.getByRole('group', { name: 'Before this model loads' });
}

/** Says yes to the model of the link by which the page was opened. What it costs is asked after that. */
export async function lookUpLinkedModel(page: Page): Promise<void> {
  await page
    .getByRole('dialog', { name: 'This link asks for another model' })
    .getByRole('button', { name: 'Look it up' })
    .click();
}

/** Says yes to the model of the link, and to what it costs. */
export async function acceptLinkedModel(page: Page): Promise<void> {
  await lookUpLinkedModel(page);
  const question = costQuestion(page);
  const failed = page.locator('[data-state=failed]');
  await question.or(failed).first().waitFor({ timeout: 120_000 });
  if (!(await question.isVisible())) return;
  await question.getByRole('button', { name: /load$/i }).click();
  await page.getByRole('dialog', { name: 'Model' }).getByRole('button', { name: 'Close' }).click();
}

/** Waits until the model that the page loads at its start is there, or has failed to load. What it costs is agreed to. */
export async function modelSettled(page: Page, timeout: number): Promise<void> {
  const settled = page.locator('[data-state=ready], [data-state=failed]').first();
  const yes = costQuestion(page).getByRole('button', { name: /load$/i });
  await settled.or(yes).first().waitFor({ timeout });
  if (await yes.isVisible()) {
    await yes.click();
    await page.getByRole('dialog', { name: 'Model' }).getByRole('button', { name: 'Close' }).click();
  }
  await settled.waitFor({ timeout });
}

/** Presses Cancel as soon as the page says this of a run, then Generate by its key: a press too soon after a click on Generate counts as a double click. */
export async function generateAndCancelAt(page: Page, phase: string): Promise<void> {
  await page.evaluate((words) => {
    const observer = new MutationObserver(() => {
      if (document.querySelector('main')?.innerText.includes(words) !== true) return;
      const cancel = [...document.querySelectorAll('button')].find((button) => button.innerText.startsWith('Cancel'));
      if (cancel === undefined) return;
      observer.disconnect();
      cancel.click();
    });
    observer.observe(document.body, { subtree: true, childList: true, characterData: true });
  }, phase);
  await page.keyboard.press('Control+Enter');
}

/** The question whether a file carries the pinned pictures. */
export function carryQuestion(page: Page): Locator {
  return page.getByRole('dialog', { name: 'Put your pinned pictures into the file?' });
}

/** Presses a button that saves pictures. Where it is asked, the file carries no pinned pictures. */
export async function savedBy(page: Page, button: Locator): Promise<Download> {
  const download = page.waitForEvent('download');
  await button.click();
  const no = carryQuestion(page).getByRole('button', { name: 'Without them' });
  const isAsked = await Promise.race([
    download.then(() => false),
    no.waitFor().then(
      () => true,
      () => false,
    ),
  ]);
  if (isAsked) await no.click();
  return download;
}

/** The picture on the stage as a file. */
export function downloadPicture(page: Page): Promise<Download> {
  return savedBy(page, page.getByRole('button', { name: 'Download', exact: true }));
}

/** Waits for what fades over or grows. What never ends (a bar that waits) is not waited for. */
export async function movementEnded(page: Page): Promise<void> {
  await page.evaluate(() =>
    Promise.allSettled(
      document
        .getAnimations()
        .filter(({ effect }) => Number.isFinite(effect?.getComputedTiming().endTime))
        .map(({ finished }) => finished),
    ),
  );
}
