import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type Page, test } from '@playwright/test';
import { build, preview, type PreviewServer } from 'vite';
import { type HubServer, startHubServer } from '../workers/testing/hub-server/hub-server.ts';
import { smoke } from './support/tiny-model.ts';
import type { StoragePage } from './weights-page/page.ts';

const repo = 'someone/model';
const path = 'unet/diffusion_pytorch_model.fp16.safetensors';
/** Several blocks of the storage, so that a part of it can be there. */
const count = 20_000_000;

let folder = '';
let hub: HubServer;
let pages: PreviewServer;
let digest = '';
let source: Parameters<StoragePage['load']>[0];

test.beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weights-'));
  digest = await writeModel(join(folder, 'model'));
  hub = await startHubServer({ repositories: { [repo]: join(folder, 'model') } });
  source = { kind: 'hub', endpoint: hub.origin, repo, revision: 'main' };
  const root = join(import.meta.dirname, 'weights-page');
  await build({
    configFile: false,
    root,
    logLevel: 'warn',
    worker: { format: 'es' },
    build: { outDir: join(folder, 'page'), emptyOutDir: true, target: 'es2024' },
  });
  pages = await preview({ configFile: false, root, build: { outDir: join(folder, 'page') }, preview: { port: 0 } });
});

test.afterAll(async () => {
  await pages.close();
  await hub.close();
  await rm(folder, { recursive: true });
});

test.beforeEach(async ({ page }) => {
  hub.setFaults([]);
  await open(page);
});

/** A valid f16 file of one tensor whose values vary; its header is written as the storage writes it. */
async function writeModel(directory: string): Promise<string> {
  const json = `{"weight":${JSON.stringify({ dtype: 'F16', shape: [count], data_offsets: [0, 2 * count] })}}`;
  const header = Buffer.alloc(Math.ceil((8 + json.length) / 64) * 64, ' ');
  header.writeBigUInt64LE(BigInt(header.length - 8));
  header.write(json, 8);
  const data = Uint16Array.from({ length: count }, (_, i) => (i * 2_654_435_761) & 0x3bff);
  const bytes = Buffer.concat([header, new Uint8Array(data.buffer)]);
  await mkdir(join(directory, 'unet'), { recursive: true });
  await writeFile(join(directory, 'unet/config.json'), '{}');
  await writeFile(join(directory, path), bytes);
  return createHash('sha256').update(bytes).digest('hex');
}

async function open(page: Page): Promise<void> {
  await page.goto(pages.resolvedUrls?.local[0] ?? '');
  await page.waitForFunction(() => 'storagePage' in window);
}

const load = (page: Page, from = source) => page.evaluate((chosen) => window.storagePage.load(chosen), from);

/** Starts a load that is not waited for, and waits until this much of it is there. */
async function loadUntil(page: Page, bytes: number): Promise<void> {
  await page.evaluate((chosen) => void window.storagePage.load(chosen), source);
  await page.waitForFunction((least) => window.storagePage.bytes > least, bytes);
}

/** The offset at which the last download of the weights began. */
function lastStart(): number {
  const range = hub.log.filter((entry) => entry.path.endsWith('.safetensors') && entry.origin === 'cdn').at(-1)?.range;
  return Number(/bytes=(\d+)-/.exec(range ?? '')?.[1] ?? NaN);
}

const slow = { kind: 'slow', bytesPerSecond: 30_000_000, path } as const;

test('weights arrive by redirect, are right, and are not asked for again after a reload', smoke, async ({ page }) => {
  expect(await load(page)).toEqual({ value: digest });
  hub.setFaults([]);
  await open(page);
  expect(await load(page)).toEqual({ value: digest });
  expect(hub.log.filter(({ path: asked }) => asked.endsWith('.safetensors'))).toEqual([]);
  expect(await page.evaluate(() => window.storagePage.list())).toMatchObject({
    value: [{ name: repo, complete: true, licence: 'creativeml-openrail-m' }],
  });
});

test('a worker that is killed in the middle leaves a part that the next one goes on with', async ({ page }) => {
  hub.setFaults([slow]);
  await loadUntil(page, 20_000_000);
  await page.evaluate(() => {
    window.storagePage.killWorker();
  });
  expect(await page.evaluate(() => window.storagePage.list())).toMatchObject({ value: [{ complete: false }] });
  hub.setFaults([]);
  expect(await load(page)).toEqual({ value: digest });
  expect(lastStart()).toBeGreaterThan(8_000_000);
});

test('a tab that is closed in the middle leaves a part that another goes on with', async ({ page, context }) => {
  hub.setFaults([slow]);
  await loadUntil(page, 20_000_000);
  await page.close({ runBeforeUnload: false });
  hub.setFaults([]);
  const next = await context.newPage();
  await open(next);
  expect(await load(next)).toEqual({ value: digest });
  expect(lastStart()).toBeGreaterThan(8_000_000);
});

test('two tabs share one download', async ({ page, context }) => {
  hub.setFaults([slow]);
  const second = await context.newPage();
  await open(second);
  const outcomes = await Promise.all([load(page), load(second)]);
  expect(outcomes).toEqual([{ value: digest }, { value: digest }]);
  const downloads = hub.log.filter(
    ({ origin, range }) => origin === 'cdn' && Number(/-(\d+)$/.exec(range ?? '')?.[1]) > 1_000_000,
  );
  expect(downloads).toHaveLength(1);
});

for (const [what, fault, code] of [
  ['wrong bytes of the right length', { kind: 'wrong-byte', at: 30_000_001 }, 'hash-mismatch'],
  ['a file that is replaced between two parts', { kind: 'changed', skip: 1 }, 'download-incomplete'],
  ['a connection that always breaks at one byte', { kind: 'cut', at: 12_345_678 }, 'download-incomplete'],
  ['a web page instead of the file', { kind: 'html' }, 'not-a-model-file'],
  ['a server error', { kind: 'status', status: 500 }, 'http-status'],
] as const) {
  test(`${what} is named, and the next load is right`, async ({ page }) => {
    hub.setFaults([{ ...fault, path }]);
    expect(await load(page)).toMatchObject({ error: { code } });
    hub.setFaults([]);
    expect(await load(page)).toEqual({ value: digest });
  });
}

for (const [what, fault] of [
  ['200 in answer to a Range', { kind: 'ignore-range', skip: 1 }],
  ['one cut', { kind: 'cut', at: 22_222_222, skip: 1, times: 1 }],
  ['429 with Retry-After', { kind: 'status', status: 429, retryAfter: 1, times: 1 }],
] as const) {
  test(`${what} is overcome without a word`, async ({ page }) => {
    hub.setFaults([{ ...fault, path }]);
    expect(await load(page)).toEqual({ value: digest });
  });
}

test('a plain host on another origin is read with If-Range', async ({ page }) => {
  expect(await load(page, { kind: 'url', baseUrl: `${hub.origin}/static/${repo}` })).toEqual({ value: digest });
  expect(hub.log.some(({ ifRange }) => ifRange !== null)).toBe(true);
});

test('damage on disk is found by verify and repaired by the next load; a removed model is gone', async ({ page }) => {
  await load(page);
  const id = await page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const models = await root.getDirectoryHandle('models');
    for await (const [name, handle] of models.entries()) {
      if (
        !(handle instanceof FileSystemFileHandle) ||
        !name.endsWith('.data') ||
        (await handle.getFile()).size < 1_000_000
      )
        continue;
      const writable = await handle.createWritable({ keepExistingData: true });
      await writable.write({ type: 'write', position: 25_000_000, data: new Uint8Array([0xff]) });
      await writable.close();
    }
    const listed = await window.storagePage.list();
    return JSON.stringify(listed).split('"id":"')[1]?.split('"')[0] ?? '';
  });
  expect(await page.evaluate((model) => window.storagePage.verify(model), id)).toMatchObject({
    value: { damaged: [path] },
  });
  expect(await load(page)).toEqual({ value: digest });
  expect(lastStart()).toBeGreaterThan(16_000_000);
  expect(await page.evaluate((model) => window.storagePage.remove(model), id)).toEqual({ value: null });
  expect(await page.evaluate(() => window.storagePage.list())).toEqual({ value: [] });
});
