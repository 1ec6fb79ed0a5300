import { writeFile } from 'node:fs/promises';

import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

import { type HubServer, startHubServer } from '../workers/testing/hub-server/hub-server.ts';
import { closeDialog, dropOnPage, loadFromHub, modelDialog, modelReady, section } from './support/model-dialog.ts';
import { pinFiles, wordButton } from './support/page-driver.ts';
import { test as base } from './support/tiny-model.ts';

const dog = 'public/models/picturebook/samples/dog-spotted.png';
const unet = 'unet/diffusion_pytorch_model.safetensors';

/** A page with a caption and a pin, and a hub that can fail. */
const test = base.extend<{ readonly composed: Page }, { readonly hub: HubServer }>({
  hub: [
    async ({}, use) => {
      const hub = await startHubServer({ repositories: { 'someone/tiny': 'workers/reference/data/sd15' } });
      await use(hub);
      await hub.close();
    },
    { scope: 'worker' },
  ],
  composed: async ({ page, open }, use) => {
    await open({ provider: 'wasm' });
    await pinFiles(page, 1, [dog]);
    await use(page);
  },
});

test('what goes wrong with a source is said in one sentence, and the composition stays', async ({
  composed: page,
  hub,
}) => {
  for (const [repo, faults, words] of [
    ['nobody/nothing', [], /has no model "nobody\/nothing" with the revision "main"\. Check the spelling\.$/],
    ['someone/tiny/tree/v9', [], /has no model "someone\/tiny" with the revision "v9"\./],
    [
      'someone/tiny',
      [{ kind: 'status', status: 401, path: 'unet/config.json' }],
      /refuses access to unet\/config\.json \(status 401\)\. It may be private, gated or misspelt\./,
    ],
    [
      'someone/tiny',
      [{ kind: 'status', status: 403, path: 'unet/config.json' }],
      /refuses access to unet\/config\.json \(status 403\)/,
    ],
    [
      'someone/tiny',
      [{ kind: 'status', status: 429, retryAfter: 0, path: 'unet/config.json' }],
      /is too busy \(status 429\)\. Try again in a few minutes/,
    ],
    ['someone/tiny', [{ kind: 'html', path: 'unet/config.json' }], /Instead of unet\/config\.json came a web page/],
    [
      'someone/tiny',
      [{ kind: 'wrong-byte', at: 2_000_000, path: unet }],
      /unet\/diffusion_pytorch_model\.safetensors.*(?:hash|damaged|not what)/i,
    ],
  ] as const) {
    hub.setFaults(faults);
    await loadFromHub(page, `${hub.origin}/${repo}`);
    const alert = (await modelDialog(page)).getByRole('alert');
    await expect(alert).toHaveText(words);
    await expect(alert).toHaveCount(1);
    await expect(alert).toBeInViewport();
  }
  hub.setFaults([]);
  await (await modelDialog(page)).getByRole('button', { name: 'Try again' }).click();
  await modelReady(page);
  await closeDialog(page);
  await expect(page.getByRole('textbox', { name: 'Caption' })).toHaveValue('a dog on the beach');
  await expect(wordButton(page, 1)).toHaveAccessibleName(/1 (?:picture|subject) pinned/);
});

test('a damaged file that is dropped is refused before anything is given up', async ({ composed: page }, testInfo) => {
  await modelReady(page);
  const before = await page.getByRole('button', { name: /^Model:/ }).innerText();
  const path = testInfo.outputPath('broken.safetensors');
  await writeFile(path, 'This was a checkpoint once.');
  await dropOnPage(page, [path]);
  await expect(page.getByText(/"broken\.safetensors" is not a sound safetensors file/)).toBeVisible();
  await expect(page.getByRole('button', { name: /^Model:/ })).toHaveText(before);
  await expect(page.locator('[data-state=ready]')).toBeVisible();
});

const looks = [
  { name: 'desktop-light', colorScheme: 'light', viewport: { width: 1440, height: 900 } },
  { name: 'desktop-dark', colorScheme: 'dark', viewport: { width: 1440, height: 900 } },
  { name: 'phone-light', colorScheme: 'light', viewport: { width: 390, height: 844 } },
  { name: 'phone-dark', colorScheme: 'dark', viewport: { width: 390, height: 844 } },
] as const;

test('axe finds nothing in the dialog with stored models, during a download and with an error', async ({
  composed: page,
  hub,
}) => {
  test.slow();
  const look = async (state: string, names: readonly string[]) => {
    for (const { name, colorScheme, viewport } of looks.filter((candidate) => names.includes(candidate.name))) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize(viewport);
      await page.screenshot({ path: `test-results/screenshots/dialog-${state}-${name}.png` });
      expect((await new AxeBuilder({ page }).include('[role=dialog]').analyze()).violations).toEqual([]);
    }
  };
  await modelReady(page);
  for (const title of ['Projector', 'LoRA', 'Memory', 'Stored in this browser']) await section(page, title);
  await look(
    'stored',
    looks.map(({ name }) => name),
  );
  hub.setFaults([{ kind: 'slow', bytesPerSecond: 50_000, path: unet }]);
  await loadFromHub(page, `${hub.origin}/someone/tiny`);
  await expect((await modelDialog(page)).getByText(/Loading unet/)).toBeVisible();
  await look('download', ['desktop-light', 'phone-dark']);
  hub.setFaults([]);
  await loadFromHub(page, `${hub.origin}/nobody/nothing`);
  await expect((await modelDialog(page)).getByRole('alert')).toBeVisible();
  await look('error', ['desktop-dark', 'phone-light']);
});
