import { readFile } from 'node:fs/promises';

import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';
import UPNG from 'upng-js';

import { grey } from './support/grey-picture.ts';
import { makePicture } from './support/model-dialog.ts';
import { downloadPicture, modelSettled, runEnd, stage } from './support/page-driver.ts';
import { test } from './support/tiny-model.ts';

const sample = 'public/models/picturebook/samples/car-spotted.png';
const field = (page: Page) => page.getByRole('region', { name: 'Start from' });
const surface = (page: Page) => page.getByRole('button', { name: /^Mark what is to change/ });
const pictures = (page: Page) => page.getByRole('region', { name: 'Your pictures' }).getByRole('button');

interface Decoded {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
  readonly parameters: string;
}

function decode(png: Buffer): Decoded {
  const image = UPNG.decode(new Uint8Array(png).buffer);
  const [rgba = new ArrayBuffer(0)] = UPNG.toRGBA8(image);
  const parameters = image.tabs.iTXt?.['parameters'] ?? '';
  return { width: image.width, height: image.height, rgba: new Uint8Array(rgba), parameters };
}

async function downloaded(page: Page): Promise<Decoded> {
  const download = await downloadPicture(page);
  return decode(await readFile(await download.path()));
}

test('a part of a picture becomes the pinned subject, and the rest stays to the pixel', async ({ page, problems }) => {
  await page.goto('/?provider=wasm&steps=4');
  await modelSettled(page, 300_000);
  await field(page).getByLabel('A picture…').setInputFiles(sample);
  await expect(field(page).getByRole('slider', { name: 'Strength' })).toHaveValue('0.75');
  await field(page).getByRole('button', { name: 'Change only a part' }).click();
  const tools = page.getByRole('group', { name: 'Mask tools' });
  await expect(tools).toContainText('Nothing is marked yet');

  // With the keyboard: a rectangle.
  await surface(page).focus();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Shift+ArrowRight');
  await page.keyboard.press('Enter');
  await expect(tools).toContainText(/\d+ % is marked/);
  const byKey = await tools.getByRole('status').innerText();
  await page.screenshot({ path: 'test-results/screenshots/mask-keyboard.png' });

  // With the pointer: a stroke, taken back.
  const box = await surface(page).boundingBox();
  if (box === null) throw new Error('The picture is not on the stage.');
  await page.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.8);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.75, box.y + box.height * 0.8, { steps: 4 });
  await page.mouse.up();
  await expect(tools.getByRole('status')).not.toHaveText(byKey);
  await page.screenshot({ path: 'test-results/screenshots/mask.png' });
  await tools.getByRole('button', { name: 'Undo the last stroke' }).click();
  await expect(tools.getByRole('status')).toHaveText(byKey);
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await tools.getByRole('button', { name: 'Done' }).click();

  await page.reload();
  await modelSettled(page, 300_000);
  await expect(field(page).getByRole('button', { name: 'Change the marked part' })).toBeVisible();
  await page.getByRole('button', { name: 'Generate' }).click();
  expect(await runEnd(page)).toBe('done');
  await page.screenshot({ path: 'test-results/screenshots/inpainted.png' });

  const made = await downloaded(page);
  const original = decode(await readFile(sample));
  expect([made.width, made.height]).toEqual([original.width, original.height]);
  expect(made.parameters).toContain('Denoising strength: 0.75');
  expect(made.parameters).toContain('Started from: car-spotted.png (marked part)');
  const row = (picture: Decoded, y: number) => picture.rgba.slice(y * picture.width * 4, (y + 1) * picture.width * 4);
  expect(row(made, 4)).toEqual(row(original, 4));
  expect(row(made, original.height - 4)).toEqual(row(original, original.height - 4));
  const middle = Math.round(original.height / 2);
  expect(row(made, middle)).not.toEqual(row(original, middle));
  expect(problems).toEqual([]);
});

test('a finished picture is made larger, gets others like it, and is started from', async ({
  page,
  open,
  problems,
}) => {
  await open({ provider: 'wasm' });
  await page.getByRole('button', { name: 'Generate' }).click();
  expect(await runEnd(page)).toBe('done');
  await page.screenshot({ path: 'test-results/screenshots/follow-ups.png' });
  await page.getByRole('button', { name: 'Make larger ×2' }).click();
  await expect(pictures(page)).toHaveCount(2);
  const larger = await downloaded(page);
  expect([larger.width, larger.height]).toEqual([128, 128]);
  expect(larger.parameters).toContain('Seed: 7');

  await page.getByRole('button', { name: 'Four more like this' }).click();
  await expect(pictures(page)).toHaveCount(6);
  expect(await runEnd(page)).toBe('done');
  const other = await downloaded(page);
  expect(other.parameters).toMatch(/Seed: 7, .*Variation seed strength: 0\.25, Variation seed: \d+/);

  // The noise of a variation is another each time, and the model's check thinks what it likes of it.
  const hidden = page.getByRole('button', { name: 'Show the picture' });
  if (await hidden.isVisible()) await hidden.click();
  await page.getByRole('button', { name: 'Start from this' }).click();
  await expect(field(page)).toContainText('128 × 128');
  await page.screenshot({ path: 'test-results/screenshots/start-field.png' });
  await field(page)
    .getByRole('button', { name: /^Do not start from/ })
    .click();
  await expect(field(page)).toContainText('the picture forms out of noise');
  expect(problems).toEqual([]);
});

test('what cannot be started from says so, and a mask of everything is refused', async ({ page, open }) => {
  await open({ provider: 'wasm' });
  await field(page)
    .getByLabel('A picture…')
    .setInputFiles({ name: 'broken.png', mimeType: 'image/png', buffer: Buffer.from('no picture') });
  await expect(field(page).getByRole('alert')).toContainText('This file is not a picture');
  await field(page).getByLabel('A picture…').setInputFiles(sample);
  await field(page).getByRole('button', { name: 'Change only a part' }).click();
  const tools = page.getByRole('group', { name: 'Mask tools' });
  await tools.getByRole('button', { name: 'Invert' }).click();
  await expect(tools).toContainText('All of it is marked');
  await page.getByRole('button', { name: 'Generate' }).click();
  expect(await runEnd(page)).toBe('failed');
  await expect(stage(page).getByRole('alert')).toContainText('The mask covers the whole picture');
});

/** A JPEG as a camera writes it that was held on its side: an APP1 segment with EXIF's orientation 6. */
function onItsSide(jpeg: Buffer): Buffer {
  const tiff = [0x4d, 0x4d, 0, 0x2a, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0];
  const segment = [...Buffer.from('Exif\0\0', 'latin1'), ...tiff];
  return Buffer.concat([
    jpeg.subarray(0, 2),
    Buffer.from([0xff, 0xe1, 0, segment.length + 2, ...segment]),
    jpeg.subarray(2),
  ]);
}

/** A JPEG, wider than high, by the browser's own encoder. */
async function wideJpeg(page: Page): Promise<Buffer> {
  const url = await page.evaluate(() => {
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [120, 60];
    canvas.getContext('2d')?.fillRect(0, 0, 60, 60);
    return canvas.toDataURL('image/jpeg');
  });
  return Buffer.from(url.slice(url.indexOf(',') + 1), 'base64');
}

test('pictures of any shape, see-through, or turned by their camera are started from', async ({
  page,
  open,
  problems,
}) => {
  await open({ provider: 'wasm', steps: '2' });
  await modelSettled(page, 300_000);
  const clear = Buffer.from(UPNG.encode([new Uint8Array(4 * 40 * 40).buffer], 40, 40, 0));
  const turned = onItsSide(await wideJpeg(page));
  const shapes: readonly (readonly [string, string, Buffer, (size: Decoded) => boolean])[] = [
    ['strip.png', 'image/png', grey(300, 20, (x) => x % 256), ({ width, height }) => width > height],
    ['glass.png', 'image/png', clear, ({ width, height }) => width === height],
    ['phone.jpg', 'image/jpeg', turned, ({ width, height }) => width < height],
  ];
  for (const [name, mimeType, buffer, isAsExpected] of shapes) {
    await field(page)
      .getByLabel(/^(?:A picture|Another)…$/u)
      .setInputFiles({ name, mimeType, buffer });
    await expect(field(page)).toContainText(name);
    await makePicture(page);
    const made = await downloaded(page);
    expect(isAsExpected(made), name).toBe(true);
  }
  expect(problems).toEqual([]);
});

/** Fingers on the screen, by CDP: Playwright's own touchscreen can only tap. */
async function fingers(page: Page): Promise<(type: TouchType, ...points: readonly Finger[]) => Promise<void>> {
  // One for all: it knows which fingers are down.
  const session = await page.context().newCDPSession(page);
  return async (type, ...points) => {
    await session.send('Input.dispatchTouchEvent', { type, touchPoints: [...points] });
  };
}

type TouchType = 'touchStart' | 'touchMove' | 'touchEnd';

interface Finger {
  readonly id: number;
  readonly x: number;
  readonly y: number;
}

test.describe('by finger, on a phone', () => {
  test.use({ hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } });

  test('a part is marked; the page does not scroll under the finger, and a second one draws nothing', async ({
    page,
    open,
    problems,
  }) => {
    await open({ provider: 'wasm' });
    await field(page).getByLabel('A picture…').setInputFiles(sample);
    await field(page).getByRole('button', { name: 'Change only a part' }).click();
    const tools = page.getByRole('group', { name: 'Mask tools' });
    await expect(tools).toContainText('Nothing is marked yet');
    // The focus brings it into view, smoothly: a trial waits until it stands still.
    await surface(page).tap({ trial: true });
    const box = await surface(page).boundingBox();
    if (box === null) throw new Error('The picture is not on the stage.');
    const at = (id: number, x: number, y: number): Finger => ({
      id,
      x: box.x + box.width * x,
      y: box.y + box.height * y,
    });
    const touch = await fingers(page);
    const scrolled = (): Promise<number> => page.evaluate(() => scrollY);
    const before = await scrolled();
    await touch('touchStart', at(1, 0.3, 0.3));
    for (const y of [0.4, 0.5, 0.6, 0.7]) await touch('touchMove', at(1, 0.3, y));
    await touch('touchEnd');
    await expect(tools).toContainText(/\d+ % is marked/);
    expect(await scrolled()).toBe(before);
    const once = await tools.getByRole('status').innerText();
    await page.screenshot({ path: 'test-results/screenshots/mask-touch.png' });
    // A tap that a busy machine ends late is a long press, and no click.
    await tools.getByRole('button', { name: 'Undo the last stroke' }).click();
    await expect(tools).toContainText('Nothing is marked yet');

    await touch('touchStart', at(1, 0.3, 0.3));
    await touch('touchStart', at(1, 0.3, 0.3), at(2, 0.9, 0.9));
    for (const y of [0.4, 0.5, 0.6, 0.7]) await touch('touchMove', at(1, 0.3, y), at(2, 0.9, 0.9 - y / 2));
    await touch('touchEnd');
    await expect(tools.getByRole('status')).toHaveText(once);
    expect(problems).toEqual([]);
  });
});

test('a mask that is saved and chosen again makes the same picture; one that marks nothing is refused', async ({
  page,
  open,
}) => {
  await open({ provider: 'wasm', steps: '2' });
  await field(page).getByLabel('A picture…').setInputFiles(sample);
  await field(page).getByRole('button', { name: 'Change only a part' }).click();
  const tools = page.getByRole('group', { name: 'Mask tools' });
  await expect(tools).toContainText('Nothing is marked yet');
  const box = await surface(page).boundingBox();
  if (box === null) throw new Error('The picture is not on the stage.');
  await page.mouse.move(box.x + box.width * 0.4, box.y + box.height * 0.4);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.6, box.y + box.height * 0.7, { steps: 4 });
  await page.mouse.up();
  await expect(tools).toContainText(/\d+ % is marked/);
  const marked = await tools.getByRole('status').innerText();
  const saved = page.waitForEvent('download');
  await tools.getByRole('button', { name: 'Save the mask as a picture' }).click();
  expect((await saved).suggestedFilename()).toBe('car-spotted-mask.png');
  const mask = await readFile(await (await saved).path());
  await tools.getByRole('button', { name: 'Done' }).click();
  const painted = await makePicture(page);

  await field(page).getByRole('button', { name: 'Change the marked part' }).click();
  await tools.getByRole('button', { name: 'Clear' }).click();
  await expect(tools).toContainText('Nothing is marked yet');
  const black = { name: 'black.png', mimeType: 'image/png', buffer: grey(64, 64, () => 0) };
  await tools.getByLabel('Mask from a file…').setInputFiles(black);
  await expect(tools.getByRole('alert')).toContainText('This mask marks nothing');
  await tools.getByLabel('Mask from a file…').setInputFiles({ ...black, name: 'mask.png', buffer: mask });
  await expect(tools.getByRole('status')).toHaveText(marked);
  await expect(tools.getByRole('alert')).toBeHidden();
  await page.screenshot({ path: 'test-results/screenshots/mask-file.png' });
  expect((await new AxeBuilder({ page }).analyze()).violations).toEqual([]);
  await tools.getByRole('button', { name: 'Done' }).click();
  expect(await makePicture(page)).toBe(painted);
  await field(page).getByRole('button', { name: 'Change all of it' }).click();
  expect(await makePicture(page)).not.toBe(painted);
});
