import { execFile } from 'node:child_process';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from '@playwright/test';
import UPNG from 'upng-js';

import { readArguments } from './generate-arguments.ts';
import { pageFailure } from './page-failure.ts';

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the unattended command. */
function run(...parameters: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['--import', 'tsx', 'e2e/generate.ts', ...parameters], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

test('the unattended command makes a picture with its settings inside', async () => {
  const out = join(await mkdtemp(join(tmpdir(), 'unattended-')), 'new', 'out.png');
  const pin = '1=public/models/picturebook/samples/dog-spotted.png';
  const { code, stdout, stderr } = await run(
    '--caption',
    'a dog on the beach',
    '--pin',
    pin,
    '--steps',
    '1',
    '--seed',
    '5',
    '--alpha',
    '0.25',
    '--provider',
    'wasm',
    '--out',
    out,
  );
  expect(code, stderr).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ out, pictures: 1, provider: 'wasm' });
  const { width, height, tabs } = UPNG.decode(new Uint8Array(await readFile(out)).buffer);
  expect([width, height]).toEqual([128, 128]);
  expect(tabs.iTXt?.['parameters']).toMatch(/^a dog on the beach\n.*Steps: 1, .*Seed: 5, Size: 128x128/s);
  expect(JSON.parse(tabs.iTXt?.['pinword'] ?? '')).toMatchObject({
    data: { settings: { alpha: 0.25, steps: 1, seed: 5 } },
  });
});

test('wrong arguments are named before anything starts', async () => {
  const needed = ['--caption', 'a dog', '--out', 'never.png'];
  for (const [wrong, words] of [
    [['--speed', '3'], /--speed/],
    [['--pin', 'dog.png'], /--pin dog\.png is not WORD=FILE/],
    [['--pin', '1=nowhere.png'], /there is no file nowhere\.png/],
    [['--pin', '2=package.json'], /the caption has 2 words/],
    [['--alpha', '2'], /alpha must be a number from 0 to 1/],
    [['--timeout', 'soon'], /--timeout soon/],
  ] as const) {
    expect(() => readArguments([...needed, ...wrong])).toThrow(words);
  }
  const { code, stdout, stderr } = await run('--caption', 'a dog');
  expect(stderr).toMatch(/^--caption and --out are needed\.\n$/);
  expect([code, stdout]).toEqual([2, '']);
});

test('a site that cannot run ends the command: a missing chunk, a crash', async ({ page, browser }) => {
  await page.route('**/assets/index-*.js', (route) => route.fulfill({ status: 404 }));
  const missing = expect(pageFailure(page)).rejects.toThrow(
    /A part of the site is missing: .*index-.*\.js \(status 404\)/,
  );
  await page.goto('/');
  await missing;

  const other = await browser.newPage();
  const crashed = expect(pageFailure(other)).rejects.toThrow('The page crashed');
  await other.goto('chrome://crash').catch(() => undefined);
  await crashed;
  await other.close();
});
