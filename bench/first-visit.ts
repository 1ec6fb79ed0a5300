/** One first visit of a built site: nothing of it is stored. */
import type { Browser, Page } from '@playwright/test';

import { stage } from '../e2e/support/page-driver.ts';
import type { GenerateSummary } from '../workers/api.ts';

/** In milliseconds from the first request. */
export interface FirstVisit {
  readonly loaded: number;
  readonly runtime: number;
  readonly weights: number;
  readonly ready: number;
  readonly pressed: number;
  readonly firstPreview: number;
  readonly picture: number;
  /** Bytes that were sent, by group. */
  readonly bytes: ReadonlyMap<string, number>;
  readonly end: string;
  readonly summary: GenerateSummary | null;
}

const limit = 600_000;

/**
 * Notes in the page itself when things are seen, and presses Generate: a driver outside notices late, and asks so much
 * that the page becomes slower by it.
 */
function watch(lookMs: number): void {
  const marks: Record<string, number> = {};
  let isPressed = false;
  Reflect.set(window, 'marks', marks);
  const mark = (name: string, isSeen: boolean): void => {
    if (isSeen) marks[name] ??= performance.now();
  };
  const look = (): void => {
    mark('ready', document.querySelector('[data-state=ready]') !== null);
    const picture = document.querySelector('section[data-run]');
    if (picture === null) return;
    const run = picture.getAttribute('data-run') ?? '';
    const button = [...document.querySelectorAll('button')].find(({ textContent }) =>
      textContent.startsWith('Generate'),
    );
    if ('ready' in marks && !isPressed && button !== undefined && !button.disabled) {
      isPressed = true;
      setTimeout(() => {
        mark('pressed', true);
        button.click();
      }, lookMs);
    }
    mark('firstPreview', 'pressed' in marks && /step \d/u.test(picture.textContent));
    mark('picture', ['done', 'failed', 'cancelled'].includes(run));
  };
  new MutationObserver(look).observe(document, {
    subtree: true,
    childList: true,
    characterData: true,
    attributeFilter: ['data-state', 'data-run', 'disabled'],
  });
  addEventListener('load', () => {
    mark('loaded', true);
  });
}

function groupOf(path: string): string {
  if (path.includes('/models/')) return 'model';
  return path.endsWith('.wasm') ? 'ONNX Runtime' : 'site';
}

/** Bytes by group, and when the last byte of a kind of file came. */
function follow(page: Page): { bytes: Map<string, number>; lastByte: (ending: string, before: number) => number } {
  const bytes = new Map<string, number>();
  const ended: { path: string; at: number }[] = [];
  const start = performance.now();
  page.on('response', (response) => {
    const { pathname, protocol } = new URL(response.url());
    if (response.request().method() !== 'GET' || !response.ok() || !protocol.startsWith('http')) return;
    const group = groupOf(pathname);
    bytes.set(group, (bytes.get(group) ?? 0) + Number(response.headers()['content-length'] ?? 0));
  });
  page.on('requestfinished', (request) => {
    ended.push({ path: new URL(request.url()).pathname, at: performance.now() - start });
  });
  // What is asked for once the model is there is for later visits.
  const lastByte = (ending: string, before: number): number =>
    Math.max(...ended.filter(({ path, at }) => path.endsWith(ending) && at <= before).map(({ at }) => at));
  return { bytes, lastByte };
}

/**
 * @param address of the built site, with the settings in it
 * @param lookMs from the moment that the model is there until Generate is pressed
 */
export async function firstVisit(browser: Browser, address: string, lookMs: number): Promise<FirstVisit> {
  const context = await browser.newContext();
  const page = await context.newPage();
  // tsx keeps the names of functions by a helper, which the page does not have.
  await page.addInitScript('globalThis.__name = (named) => named;');
  await page.addInitScript(watch, lookMs);
  const { bytes, lastByte } = follow(page);
  await page.goto(address);
  await page.locator('[data-run=done], [data-run=failed], [data-run=cancelled]').waitFor({ timeout: limit });
  const marks = await page.evaluate(() => Reflect.get(window, 'marks') as Record<string, number>);
  const { loaded = NaN, ready = NaN, pressed = NaN, firstPreview = NaN, picture = NaN } = marks;
  const summary = JSON.parse((await stage(page).getAttribute('data-summary')) ?? 'null') as GenerateSummary | null;
  const end = (await stage(page).getAttribute('data-run')) ?? '';
  await context.close();
  return {
    loaded,
    runtime: lastByte('.wasm', firstPreview),
    weights: lastByte('.safetensors', ready),
    ready,
    pressed,
    firstPreview,
    picture,
    bytes,
    end,
    summary,
  };
}
