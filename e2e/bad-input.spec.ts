import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';

import { expect, type Page } from '@playwright/test';

import { runEnd, stage, wordButton } from './support/page-driver.ts';
import { test } from './support/tiny-model.ts';

const good = 'public/models/picturebook/samples/dog-spotted.png';
const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  return Buffer.concat([length, body, Buffer.alloc(4)]);
}

/** A PNG that declares a size; its pixels are missing. */
function declared(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.alloc(16))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function box(type: string, ...contents: Buffer[]): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(8 + contents.reduce((sum, { length: bytes }) => sum + bytes, 0));
  return Buffer.concat([length, Buffer.from(type, 'latin1'), ...contents]);
}

function numbers(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  values.forEach((value, index) => bytes.writeUInt32BE(value, 4 * index));
  return bytes;
}

/** A HEIC file as phones write it, as far as its size. */
const heic = Buffer.concat([
  box('ftyp', Buffer.from('heic\0\0\0\0mif1heic', 'latin1')),
  box('meta', numbers(0), box('iprp', box('ipco', box('ispe', numbers(0, 4032, 3024))))),
]);

const badPictures: readonly (readonly [string, string, (good: Buffer) => Buffer, RegExp])[] = [
  ['text', 'notes.png', () => Buffer.from('This is not a picture.'), /This file is not a picture\. /],
  [
    'a truncated picture',
    'cut.png',
    (bytes) => bytes.subarray(0, bytes.length / 3),
    /This picture is damaged or incomplete\. /,
  ],
  [
    'a bomb of 16384 × 16384',
    'bomb.png',
    () => declared(16384, 16384),
    /This picture has 16384 × 16384 pixels; at most \d+ megapixels can be used\. /,
  ],
  ['one pixel', 'pixel.png', () => declared(1, 1), /This picture has only 1 × 1 pixels; /],
  [
    'an SVG',
    'drawing.svg',
    () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
    /SVG pictures cannot be used\. /,
  ],
  ['a HEIC', 'photo.heic', () => heic, /This browser cannot read HEIC pictures\. /],
];

test('a picture that cannot be pinned is refused in words, and an empty caption is asked for', async ({
  page,
  open,
}) => {
  const folder = await mkdtemp(join(tmpdir(), 'pictures-'));
  await open({ provider: 'wasm' });
  for (const [what, name, make, words] of badPictures) {
    await test.step(what, async () => {
      const path = join(folder, name);
      await writeFile(path, make(await readFile(good)));
      await wordButton(page, 1).click();
      const popover = page.getByRole('dialog');
      await popover.locator('input[type=file]').setInputFiles(path);
      await expect(popover.getByRole('alert')).toContainText(words);
      await expect(page.getByRole('textbox', { name: 'Caption', includeHidden: true })).toHaveValue(
        'a dog on the beach',
      );
      await popover.getByRole('button', { name: 'Close' }).click();
      await expect(popover).toBeHidden();
    });
  }
  await page.getByRole('textbox', { name: 'Caption' }).fill('');
  await page.getByRole('button', { name: 'Generate' }).click();
  const alerts = page.getByRole('region', { name: 'Compose' }).getByRole('alert');
  await expect(alerts.filter({ hasText: 'The caption is empty.' })).toBeVisible();
});

test('a caption of 500 words says what is cut off', async ({ page, open }) => {
  await open({ caption: `a dog ${'and a cat '.repeat(166)}`, steps: '2', provider: 'wasm' });
  await page.getByRole('button', { name: 'Generate' }).click();
  expect(await runEnd(page)).toBe('done');
  await expect(page.getByRole('region', { name: 'Compose' })).toContainText(
    'Too long: the last 425 words are left out.',
  );
});

test('settings out of range in the address are named and left out', async ({ page, open }) => {
  await open({ alpha: '2', guidance: '0', steps: '5000', seed: '-1', width: '7', provider: 'wasm' });
  for (const name of ['alpha', 'guidance', 'steps', 'seed', 'width']) {
    await expect(page.getByText(new RegExp(`“${name}=`))).toBeVisible();
  }
});

async function failure(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Generate' }).click();
  expect(await runEnd(page)).toBe('failed');
  return stage(page).getByRole('alert').innerText();
}

const badHosts: readonly (readonly [string, number, string, string, RegExp])[] = [
  ['404', 404, 'text/plain', 'no', /has no unet\/config\.json\./],
  ['500', 500, 'text/plain', 'no', /failed to send \S+ \(status 500\)\./],
  ['a web page', 200, 'text/html', '<!doctype html><title>Sign in</title>', /Instead of \S+ came a web page\./],
];

test.describe('a model address is refused in words when its host answers', () => {
  for (const [what, status, contentType, body, words] of badHosts) {
    test(what, async ({ page, open, modelUrl }) => {
      await page
        .context()
        .route(`${modelUrl}**`, (route) =>
          route.fulfill({ status, contentType, body, headers: { 'access-control-allow-origin': '*' } }),
        );
      await open({ provider: 'wasm' });
      expect(await failure(page)).toMatch(words);
    });
  }
});

/** Serves one weight file changed. */
async function changeUNet(page: Page, modelUrl: string, change: (bytes: Buffer) => Buffer): Promise<void> {
  const bytes = change(await readFile('workers/reference/data/sd15/unet/diffusion_pytorch_model.safetensors'));
  await page.context().route(`${modelUrl}unet/diffusion_pytorch_model.safetensors`, (route) => {
    const [, from, to] = /bytes=(\d+)-(\d*)/.exec(route.request().headers()['range'] ?? '') ?? [];
    const start = Number(from ?? 0);
    const end = to === undefined || to === '' ? bytes.length : Math.min(bytes.length, Number(to) + 1);
    const partial = from !== undefined;
    return route.fulfill({
      status: partial ? 206 : 200,
      body: bytes.subarray(start, end),
      headers: {
        'access-control-allow-origin': '*',
        'access-control-expose-headers': 'content-range, etag',
        'accept-ranges': 'bytes',
        ...(partial ? { 'content-range': `bytes ${start}-${end - 1}/${bytes.length}` } : {}),
      },
    });
  });
}

const badWeights: readonly (readonly [string, (bytes: Buffer) => Buffer, RegExp])[] = [
  [
    'truncated',
    (bytes) => bytes.subarray(0, bytes.length - 5000),
    /"unet\/diffusion_pytorch_model\.safetensors" is not complete: 5000 of \d+ bytes are missing\./,
  ],
  [
    'with a corrupt header',
    (bytes) => {
      bytes.fill(0x7b, 8, 60);
      return bytes;
    },
    /"unet\/diffusion_pytorch_model\.safetensors" has a damaged header: /,
  ],
  [
    'with a NaN weight',
    (bytes) => {
      bytes.fill(0xff, bytes.length - 400);
      return bytes;
    },
    /The tensor "[^"]+" holds NaN or infinity\./,
  ],
];

test.describe('a checkpoint file is refused by name when it is', () => {
  for (const [what, change, words] of badWeights) {
    test(what, async ({ page, open, modelUrl }) => {
      await changeUNet(page, modelUrl, change);
      await open({ provider: 'wasm' });
      expect(await failure(page)).toMatch(words);
    });
  }
});
