/** What the unattended command does with a page: all of it as a person would. */
import { existsSync, statSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

import type { Locator, Page } from '@playwright/test';

import { isUsed, lookRoles, settingKeys, settingTable, type SettingKey, type Settings } from '../../workers/api.ts';
import type { Job, PageNeeds } from './generate-job.ts';
import { chooseFiles, closeDialog, section } from '../support/model-dialog.ts';
import {
  cutOutPins,
  downloadPicture,
  lookUpLinkedModel,
  modelSettled,
  openAdvanced,
  pinFiles,
  runEnd,
  stage,
  unpinAll,
  wordButton,
} from '../support/page-driver.ts';

/** The page answered with words of its own; it can go on with another job. */
export class NoPicture extends Error {}

/** Opens the site with everything that several jobs share. @param address of the model's folder, where it has one */
export async function openPage(page: Page, site: string, needs: PageNeeds, addresses: Addresses): Promise<void> {
  const url = new URL(site);
  // A caption keeps the page from filling in its first example.
  url.searchParams.set('caption', '-');
  if (needs.provider !== null) url.searchParams.set('provider', needs.provider);
  if (needs.model !== null) url.searchParams.set('model', await addresses(needs.model));
  await page.goto(url.href);
  if (needs.model !== null) await lookUpLinkedModel(page);
  await installAddons(page, needs, addresses);
}

/** Gives folders of this machine an address, and leaves addresses as they are. */
export type Addresses = (place: string) => Promise<string>;

/** They are added while the model loads: each addition begins the load again. */
async function installAddons(page: Page, needs: PageNeeds, addresses: Addresses): Promise<void> {
  if (needs.loras.length > 0) {
    const part = await section(page, 'LoRA');
    await chooseFiles(
      part,
      'Add LoRA files',
      needs.loras.map(({ file }) => file),
    );
    for (const { file, weight } of needs.loras) await enter(part.getByLabel(`Weight of ${basename(file)}`), weight);
  }
  if (needs.look !== null) await installLook(page, needs.look, needs.lookImageEncoder, addresses);
  if (needs.tinyAutoencoder !== null) await installTiny(page, needs.tinyAutoencoder, addresses);
  if (needs.projector.length > 0) {
    const part = await section(page, 'Projector');
    await chooseFiles(part, 'Open a projector file', needs.projector);
    await part.getByRole('button', { name: `Remove ${basename(needs.projector[0] ?? '')}` }).waitFor();
  }
  if (needs.imageEncoder !== null) {
    const form = (await section(page, 'Projector')).locator('form').filter({ hasText: 'Image encoder' });
    const place = existsSync(needs.imageEncoder) ? await addresses(needs.imageEncoder) : needs.imageEncoder;
    await form.getByRole('textbox').fill(place);
    await form.getByRole('button').click();
    await form.waitFor({ state: 'detached' });
  }
  if (needs.embeddings.length > 0) {
    const part = await section(page, 'Embeddings');
    await chooseFiles(part, 'Add embedding files', needs.embeddings);
    const problem = part.getByRole('alert').locator('p');
    const all = part.getByRole('listitem').nth(needs.embeddings.length - 1);
    await all.or(problem).first().waitFor();
    if ((await problem.count()) > 0) throw new NoPicture((await problem.allInnerTexts()).join(' '));
  }
  const dialog = page.getByRole('dialog', { name: 'Model' });
  if (!(await dialog.isVisible())) return;
  const load = dialog.getByRole('button', { name: /^(?:Load|Try again)$/ }).first();
  if (await load.isVisible()) await load.click();
  await closeDialog(page);
}

async function installLook(page: Page, look: string, encoder: string | null, addresses: Addresses): Promise<void> {
  const part = await section(page, 'Look');
  await choosePlace(part, 'Open an adapter file', 'An adapter from a repository', look, addresses);
  await part.getByRole('button', { name: /^Remove / }).waitFor();
  if (encoder === null) return;
  await choosePlace(
    part,
    'Open an image encoder file',
    'Its image encoder from another repository',
    encoder,
    addresses,
  );
  await part.getByRole('button', { name: 'Use the adapter’s own' }).waitFor();
}

async function installTiny(page: Page, tiny: string, addresses: Addresses): Promise<void> {
  const part = await section(page, 'Tiny autoencoder');
  const field = 'A tiny autoencoder from a repository';
  await choosePlace(part, 'Open tiny autoencoder files', field, tiny, addresses);
  await part.getByRole('button', { name: /^Remove / }).waitFor();
}

/** A file of this machine; or what is typed into the field. */
async function choosePlace(
  part: Locator,
  button: string,
  field: string,
  place: string,
  addresses: Addresses,
): Promise<void> {
  if (existsSync(place) && statSync(place).isFile()) {
    await chooseFiles(part, button, place);
    return;
  }
  await part.getByRole('textbox', { name: field }).fill(await addresses(place));
  await part.getByRole('button', { name: `Use: ${field}` }).click();
}

/** In the popovers of pinned words, as a person does. */
async function setLooks(page: Page, looks: Job['looks']): Promise<void> {
  for (const [word, { strength, role }] of looks) {
    if (strength === undefined && role === undefined) continue;
    await wordButton(page, word).click();
    const look = page.getByRole('dialog').getByRole('region', { name: /^Look of / });
    if (role !== undefined) await look.getByRole('radio', { name: lookRoles[role] }).check();
    if (strength !== undefined) await look.getByRole('slider', { name: 'Strength' }).fill(String(strength));
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  }
}

/** In the same popovers, once it is set what of a pin has a place. */
async function setRegions(page: Page, looks: Job['looks']): Promise<void> {
  for (const [word, { region }] of looks) {
    if (region === undefined) continue;
    await wordButton(page, word).click();
    const popover = page.getByRole('dialog');
    await popover.getByRole('button', { name: 'Bind it to a place in the picture' }).click();
    // The size first: a place of another size would push what is set before it.
    const sides = { Width: region.width, Height: region.height, Left: region.x, Top: region.y };
    for (const [label, share] of Object.entries(sides))
      await enter(popover.getByRole('spinbutton', { name: label }), Math.round(1e4 * share) / 100);
    await popover.getByRole('button', { name: 'Close' }).click();
  }
}

/** In the same popovers. @throws NoPicture where the model cannot copy fine detail */
async function setDetails(page: Page, details: Job['details']): Promise<void> {
  for (const [word, strength] of details) {
    await wordButton(page, word).click();
    const popover = page.getByRole('dialog');
    const detail = popover.getByRole('region', { name: /^Fine detail of / });
    await popover.getByRole('button', { name: 'Close' }).waitFor();
    if (!(await detail.isVisible())) throw new NoPicture('--detail: this model cannot copy fine detail.');
    await detail.getByRole('switch', { name: 'Copy fine detail (slower)' }).check();
    await detail.getByRole('slider', { name: 'Strength' }).fill(String(strength));
    await popover.getByRole('button', { name: 'Close' }).click();
  }
}

/** Makes the pictures of a job. @returns what the page says of the run @throws NoPicture with the page's words */
export async function makePictures(page: Page, job: Job): Promise<Readonly<Record<string, unknown>>> {
  const start = performance.now();
  await modelSettled(page, job.timeout);
  await unpinAll(page);
  await page.getByRole('textbox', { name: 'Caption' }).fill(job.caption);
  for (const [word, files] of job.pins) await pinFiles(page, word, files);
  for (const word of job.cutOut) await cutOutPins(page, word, job.timeout);
  await setLooks(page, job.looks);
  await setDetails(page, job.details);
  await setRegions(page, job.looks);
  await startFrom(page, job);
  await fillSettings(page, job);
  await page.getByRole('button', { name: /^Generate/ }).click();
  const end = await runEnd(page, job.timeout);
  if (end !== 'done')
    throw new NoPicture((await page.getByRole('alert').allInnerTexts()).join(' ') || `The run ended as ${end}.`);
  await savePictures(page, job.out);
  const summary: unknown = JSON.parse((await stage(page).getAttribute('data-summary')) ?? '{}');
  return {
    out: job.out.length === 1 ? job.out[0] : job.out,
    milliseconds: Math.round(performance.now() - start),
    ...(summary as object),
    memory: await peakMemory(page),
  };
}

/** Chooses what the run starts from, or nothing. @throws NoPicture where it is no picture */
async function startFrom(page: Page, { start: file, mask }: Job): Promise<void> {
  const field = page.getByRole('region', { name: 'Start from' });
  const remove = field.getByRole('button', { name: /^Do not start from/ });
  if (await remove.isVisible()) await remove.click();
  if (file === null) return;
  await field.getByLabel('A picture…').setInputFiles(file);
  const problem = field.getByRole('alert');
  await remove.or(problem).first().waitFor();
  if (await problem.isVisible()) throw new NoPicture(await problem.innerText());
  if (mask !== null) await markPart(page, mask);
}

/** Only what is white in the mask's file is made again. @throws NoPicture where it marks nothing, or everything */
async function markPart(page: Page, mask: string): Promise<void> {
  await page.getByRole('button', { name: 'Change only a part' }).click();
  const tools = page.getByRole('group', { name: 'Mask tools' });
  // Once the picture is open it can take a mask.
  await tools.getByText('Nothing is marked yet').waitFor();
  await tools.getByLabel('Mask from a file…').setInputFiles(mask);
  const problem = tools.getByRole('alert');
  await tools.getByText('is marked and made again').or(problem).first().waitFor();
  const words = (await problem.isVisible()) ? await problem.innerText() : null;
  await tools.getByRole('button', { name: 'Done' }).click();
  if (words !== null) throw new NoPicture(`${basename(mask)}: ${words}`);
}

/** Every setting of the table: what the job gives, else as it begins, so that no job sees what was set for another. */
async function fillSettings(page: Page, job: Job): Promise<void> {
  await openAdvanced(page);
  const panel = page.getByRole('region', { name: 'Compose' });
  // The scheduler first: it decides which of the others are there.
  const keys: readonly SettingKey[] = ['scheduler', ...settingKeys.filter((key) => key !== 'scheduler')];
  const run = {
    scheduler: (job.settings.get('scheduler') ?? settingTable.scheduler.default) as Settings['scheduler'],
    variation: Number(job.settings.get('variation') ?? settingTable.variation.default),
  };
  const inputs = {
    pins: job.pins.size > 0,
    look: job.page.look !== null,
    bound: job.page.look !== null || job.details.size > 0,
    start: job.start !== null,
    tiny: job.page.tinyAutoencoder !== null,
  };
  // The shape that the model was made for, or that of the picture, before the edges that the job gives.
  if (job.start === null) await panel.getByLabel('Shape').selectOption({ index: 0 });
  for (const key of keys) {
    const row = settingTable[key];
    const value = job.settings.get(key) ?? row.default;
    if (row.name === null || value === null || !isUsed(row, run, inputs)) continue;
    const field = panel.getByLabel(row.label, { exact: true });
    if (row.kind === 'choice') await field.selectOption(String(value));
    else if (row.kind === 'switch') await field.setChecked(value === true || value === 'on');
    else await enter(field, value);
  }
}

/** @throws NoPicture with the field's own words where it does not take the value */
async function enter(field: Locator, value: string | number | boolean): Promise<void> {
  await field.fill(String(value));
  if ((await field.getAttribute('aria-invalid')) !== 'true') return;
  const name = (await field.getAttribute('aria-label')) ?? (await field.evaluate(labelOf));
  const words = await field
    .page()
    .locator(`[id="${(await field.getAttribute('aria-describedby')) ?? ''}"]`)
    .innerText();
  throw new NoPicture(`${name} ${value}: ${words}`);
}

function labelOf(element: Element): string {
  return element instanceof HTMLInputElement ? (element.labels?.[0]?.innerText ?? '') : '';
}

/** The strip shows the newest first, and the stage shows it. */
async function savePictures(page: Page, out: readonly string[]): Promise<void> {
  const strip = page.getByRole('region', { name: 'Your pictures' }).getByRole('button');
  for (const [index, file] of out.entries()) {
    if (out.length > 1) await strip.nth(out.length - 1 - index).click();
    await mkdir(dirname(file), { recursive: true });
    // Whoever stops in between leaves no half picture.
    await (await downloadPicture(page)).saveAs(`${file}.partial`);
    await rename(`${file}.partial`, file);
  }
}

/** Bytes that page and worker hold, where the browser tells; GPU memory is not told by any. */
function peakMemory(page: Page): Promise<number | null> {
  return page.evaluate(async () => {
    const measure: unknown = Reflect.get(performance, 'measureUserAgentSpecificMemory');
    if (typeof measure !== 'function') return null;
    const { bytes } = (await Reflect.apply(measure, performance, [])) as { bytes: number };
    return bytes;
  });
}
