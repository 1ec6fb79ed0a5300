/**
 * Makes pictures unattended: drives the real built site in a headless browser, as a person would. What it takes:
 * npm run generate -- --help
 */
import { existsSync, readFileSync } from 'node:fs';

import { chromium, type Browser, type BrowserContext, type Page } from '@playwright/test';

import { provideBrowser, ownGpuFlags } from '../../provision/browser.ts';
import { readFlags, servedSite, usage, WrongArguments, type FlagValues } from './generate-flags.ts';
import { checkSettings, jobOf, jobOfLine, refuseTaken, type Job } from './generate-job.ts';
import { makePictures, NoPicture, openPage, type Addresses } from './generate-page.ts';
import { pageFailure } from './page-failure.ts';
import { buildAndServe, serve } from '../support/site.ts';

/** Else the browser answers what memory a page holds at its next collection of garbage: a quarter of a minute a picture. */
const measuredAtOnce = '--enable-blink-features=ForceEagerMeasureMemory';

/** A job, or why there is none. */
type Line = { readonly line: number | null; readonly job: Job } | { readonly line: number; readonly error: string };

/** @throws WrongArguments */
function linesOf({ jobs, ...shared }: FlagValues): readonly Line[] {
  const [file] = jobs ?? [];
  if (file === undefined) return [{ line: null, job: jobOf(shared) }];
  if (!existsSync(file)) throw new WrongArguments(`--jobs: there is no file ${file}.`);
  if (shared['out'] !== undefined) throw new WrongArguments('--out goes into the lines of --jobs: each has its own.');
  checkSettings(shared);
  const taken = new Map<string, string>();
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((text, index): Line[] => (text.trim() === '' ? [] : [lineOf(text, index + 1, shared, taken)]));
}

function lineOf(text: string, line: number, shared: FlagValues, taken: Map<string, string>): Line {
  try {
    const job = jobOfLine(text, shared);
    refuseTaken(job, taken, `line ${line}`);
    return { line, job };
  } catch (error) {
    if (error instanceof WrongArguments) return { line, error: error.message };
    throw error;
  }
}

/** A page that is open, and what it was opened with. */
interface OpenPage {
  readonly needs: string;
  readonly page: Page;
  readonly context: BrowserContext;
  readonly failure: Promise<never>;
}

/** Runs jobs one after the other; those that need the same share a page. */
class Runner {
  readonly #browser: Browser;
  readonly #site: string;
  readonly #addresses: Addresses;
  #open: OpenPage | null = null;
  #pages = 0;

  constructor(browser: Browser, site: string, addresses: Addresses) {
    this.#browser = browser;
    this.#site = site;
    this.#addresses = addresses;
  }

  async run(job: Job): Promise<Readonly<Record<string, unknown>>> {
    try {
      const { page, failure } = await this.#pageFor(job);
      const result = await Promise.race([makePictures(page, job), failure]);
      for (const problem of await page
        .getByRole('region', { name: /^Messages/ })
        .locator('p')
        .allInnerTexts())
        console.error(problem);
      return { ...result, page: this.#pages };
    } catch (error) {
      // A page that did not answer in its own words may be in any state.
      if (!(error instanceof NoPicture)) await this.close();
      throw error;
    }
  }

  async #pageFor({ page: needed }: Job): Promise<OpenPage> {
    const needs = JSON.stringify(needed);
    if (this.#open?.needs === needs) return this.#open;
    await this.close();
    const context = await this.#browser.newContext();
    const page = await context.newPage();
    this.#open = { needs, page, context, failure: pageFailure(page) };
    this.#pages += 1;
    await Promise.race([openPage(page, this.#site, needed, this.#addresses), this.#open.failure]);
    return this.#open;
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = null;
    await open?.context.close();
  }
}

/** @returns whether every picture was made */
async function runAll(lines: readonly Line[], runner: Runner): Promise<boolean> {
  let areAllMade = true;
  for (const line of lines) {
    const place = line.line === null ? {} : { line: line.line };
    try {
      if ('error' in line) throw new WrongArguments(line.error);
      console.log(JSON.stringify({ ...place, ...(await runner.run(line.job)) }));
    } catch (error) {
      areAllMade = false;
      const words = error instanceof Error ? error.message : String(error);
      if (line.line === null) console.error(words);
      else console.log(JSON.stringify({ ...place, error: words }));
    }
  }
  return areAllMade;
}

async function main(): Promise<number> {
  const values = readFlags(process.argv.slice(2));
  if (values === null) {
    console.log(usage());
    return 0;
  }
  const { site: address, ...rest } = values;
  const served = servedSite(address?.[0]);
  const lines = linesOf(rest);
  const executablePath = provideBrowser((line) => {
    console.error(line);
  });
  const site = served === null ? await buildAndServe() : { url: served, close: () => Promise.resolve() };
  const folders = new Map<string, Awaited<ReturnType<typeof serve>>>();
  const addresses: Addresses = async (place) => {
    if (!existsSync(place)) return place;
    const server = folders.get(place) ?? (await serve(place));
    folders.set(place, server);
    return server.url;
  };
  const browser = await chromium.launch({
    args: [...ownGpuFlags, measuredAtOnce],
    ...(executablePath === null ? {} : { executablePath }),
  });
  try {
    return (await runAll(lines, new Runner(browser, site.url, addresses))) ? 0 : 1;
  } finally {
    await browser.close();
    for (const server of folders.values()) await server.close();
    await site.close();
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(error instanceof WrongArguments ? 2 : 1);
  },
);
