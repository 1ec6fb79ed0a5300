/**
 * Loads a checkpoint of Stable Diffusion 1.5's exact shape through the built site, makes one step at 256 × 256 and
 * compares the picture with diffusers'.
 *
 * npm run check:full-size -- [--folder FOLDER] [--python PYTHON] [--precision f16|f32] [--look] [--quick]
 *
 * FOLDER keeps the random checkpoint (2.7 GB) and the reference for the next call; PYTHON needs the packages of
 * workers/reference. Takes 8 GB of disk and 10 GB of memory; minutes, or an hour on SwiftShader,
 * the one software adapter that Chromium takes, which computes in 32 bits.
 * --look also gives the loaded model a random IP-Adapter-Plus with its image encoder (1.3 GB more), makes the picture
 * once more, and says what that costs a step in operations, dispatches and processor time. --quick does all of it with the small checkpoint of the
 * tests, to see in a few minutes that it works.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { chromium, type BrowserContext, type Page } from '@playwright/test';

import { provideBrowser, softwareGpuFlags } from '../../provision/browser.ts';
import { startHubServer } from '../../workers/testing/hub-server/hub-server.ts';
import { referenceData } from '../../workers/testing/reference/folder-files.ts';
import { downloadPicture, pinFiles, runEnd, stage } from '../support/page-driver.ts';
import { serve } from '../support/site.ts';
import { provideAdapter, provideCheckpoint, provideReference, smallAdapter, type FullSizeRun } from './checkpoint.ts';
import { allocations, instrumentedSite } from './instrument.ts';
import { chooseLook, describeLookCost, lookRepository, measureLook } from './look.ts';
import { MemoryWatch, residentPeak } from './memory-watch.ts';
import { pngPsnr } from './picture.ts';
import { gigabytes, reportLook, reportPhases, type Phase, type Precision } from './report.ts';

const run: FullSizeRun = {
  caption: 'a dog on the beach',
  word: 1,
  picture: 'public/models/picturebook/samples/dog-spotted.png',
  alpha: 0.5,
  // Both branches of Eq. 8 that read the caption. A larger scale only multiplies rounding by its sum of weights.
  guidance: 1,
  steps: 1,
  seed: 7,
  height: 256,
  width: 256,
};
/** One step of this sampler goes from pure noise to x̂_0, so that the picture shows every error of the UNet 14-fold. */
const scheduler = 'dpmsolver++2m-karras';
const repository = 'random/stable-diffusion-v1-5';
const hours = 24 * 3_600_000;
/** So many that the page shows each of the small checkpoint's for a while. */
const quickSteps = 60;
interface Options {
  readonly folder: string;
  readonly python: string;
  readonly precision: Precision | null;
  readonly look: boolean;
  readonly quick: boolean;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      folder: { type: 'string' },
      python: { type: 'string' },
      precision: { type: 'string' },
      look: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
    },
  });
  const { precision } = values;
  if (precision !== undefined && precision !== 'f16' && precision !== 'f32')
    throw new Error('--precision must be f16 or f32.');
  return {
    folder: values.folder ?? join(tmpdir(), 'pinword-full-size'),
    python: values.python ?? 'python3',
    precision: precision ?? null,
    look: values.look,
    quick: values.quick,
  };
}

/** A profile on disk: storage of a private window lies in memory. */
async function openBrowser(profile: string): Promise<BrowserContext> {
  const executablePath = provideBrowser((line) => {
    console.error(line);
  });
  return chromium.launchPersistentContext(profile, {
    args: [...softwareGpuFlags],
    ...(executablePath === null ? {} : { executablePath }),
  });
}

function address(site: string): string {
  const url = new URL(site);
  const { caption, alpha, guidance, steps, seed, height, width } = run;
  for (const [name, value] of Object.entries({
    caption,
    alpha,
    guidance,
    steps,
    seed,
    height,
    width,
    scheduler,
    provider: 'webgpu',
  })) {
    url.searchParams.set(name, String(value));
  }
  return url.href;
}

/** As a person does: the dialog, the repository's address, Load. @returns the precision that the memory plan chose */
async function loadFromHub(page: Page, origin: string, precision: Precision | null): Promise<Precision> {
  await page.getByRole('button', { name: /^Model:/ }).click();
  await planAsReference(page, precision);
  await page.locator('summary', { hasText: 'My own' }).click();
  const hub = page.getByRole('textbox', { name: 'From the Hugging Face Hub' });
  await hub.fill(`${origin}/${repository}`);
  await page.getByRole('button', { name: /^Load: From the Hugging Face Hub/ }).click();
  await page.getByRole('region', { name: 'Chosen model' }).getByRole('heading', { name: repository }).waitFor();
  const plan = await agreeAndLoad(page);
  await page.getByRole('button', { name: 'Close' }).click();
  return plan.includes('16-bit') ? 'f16' : 'f32';
}

/** Gives the model that is loaded a look. */
async function loadLook(page: Page, origin: string): Promise<void> {
  await page.getByRole('button', { name: /^Model:/ }).click();
  await chooseLook(page, origin);
  await agreeAndLoad(page);
  await page.getByRole('button', { name: 'Close' }).click();
}

/** Says yes to what a load costs and waits for its end. @returns the memory plan */
async function agreeAndLoad(page: Page): Promise<string> {
  const facts = page.getByRole('region', { name: 'Chosen model' });
  const settled = facts.getByRole('alert').or(facts.getByText('Made for'));
  const yes = facts.getByRole('button', { name: 'Download and load' });
  // What costs little is not asked about.
  await settled.or(yes).first().waitFor({ timeout: hours });
  if (await yes.isVisible()) await yes.click();
  await settled.waitFor({ timeout: hours });
  if ((await facts.getByRole('alert').count()) > 0) throw new Error(await facts.getByRole('alert').innerText());
  // In a part that is closed.
  const plan = (await facts.locator('details', { hasText: 'Now: ' }).textContent()) ?? '';
  console.error(plan);
  return plan;
}

/** The reference decodes in one piece. In tiles, which a small adapter would be given, each tile has its own norms. */
async function planAsReference(page: Page, precision: Precision | null): Promise<void> {
  await page.locator('summary', { hasText: 'Memory' }).click();
  await page.getByRole('combobox', { name: 'Finishing the picture' }).selectOption('whole');
  if (precision !== null) await page.getByRole('combobox', { name: 'Precision' }).selectOption(precision);
}

async function makePicture(page: Page, path: string): Promise<void> {
  await page.getByRole('button', { name: /^Generate/ }).click();
  const end = await runEnd(page, hours);
  if (end !== 'done')
    throw new Error((await page.getByRole('alert').allInnerTexts()).join(' ') || `The run ended as ${end}.`);
  console.error(await stage(page).getAttribute('data-summary'));
  await (await downloadPicture(page)).saveAs(path);
}

async function check(): Promise<boolean> {
  const { folder, python, precision, look, quick } = readOptions();
  const checkpoint = quick ? join(referenceData, 'sd15') : provideCheckpoint(folder, python);
  const reference = quick ? null : provideReference(folder, python, run);
  const adapter = look
    ? { [lookRepository]: await (quick ? smallAdapter(folder) : provideAdapter(folder, python)) }
    : {};
  const hub = await startHubServer({ repositories: { [repository]: checkpoint, ...adapter } });
  const site = await serve(await instrumentedSite(join(folder, 'site')));
  const profile = await mkdtemp(join(folder, 'profile-'));
  const context = await openBrowser(profile);
  try {
    const page = context.pages()[0] ?? (await context.newPage());
    const phases: Phase[] = [];
    const measured = async <T>(name: string, action: () => Promise<T>): Promise<T> => {
      const [start, sentBefore] = [performance.now(), hub.sentBytes];
      const result = await action();
      const seconds = (performance.now() - start) / 1000;
      phases.push({
        name,
        seconds,
        heapBytes: memory.takePeak(),
        residentBytes: await residentPeak(profile),
        allocations: await allocations(page),
        sentBytes: hub.sentBytes - sentBefore,
      });
      // What was measured stands, should the rest be ended.
      const { heapBytes = 0, allocations: { gpuPeakBytes = 0 } = {} } = phases.at(-1) ?? {};
      console.error(
        `${name}: ${seconds.toFixed(0)} s, JS heap ${gigabytes(heapBytes)} GB, GPU ${gigabytes(gpuPeakBytes)} GB`,
      );
      return result;
    };
    await page.goto(address(site.url));
    const memory = new MemoryWatch(page);
    const used = await measured('load', () => loadFromHub(page, hub.origin, precision));
    const picture = join(folder, 'picture.png');
    await pinFiles(page, run.word, [run.picture]);
    await measured('picture', () => makePicture(page, picture));
    if (look) {
      await measured('load the look', () => loadLook(page, hub.origin));
      await measured('picture with a look', () => makePicture(page, join(folder, 'picture-with-look.png')));
      const cost = await measureLook(page, { word: run.word, steps: quick ? quickSteps : 4, profile });
      console.log(describeLookCost(cost));
    }
    memory.stop();
    const isCheap = !look || (await reportLook());
    return reportPhases(phases, reference === null ? null : await pngPsnr(picture, reference), used) && isCheap;
  } catch (error) {
    await context
      .pages()[0]
      ?.screenshot({ path: join(folder, 'failure.png') })
      .catch(() => undefined);
    throw error;
  } finally {
    await context.close();
    await site.close();
    await hub.close();
    await rm(profile, { recursive: true, force: true });
  }
}

check().then(
  (passed) => process.exit(passed ? 0 : 1),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  },
);
