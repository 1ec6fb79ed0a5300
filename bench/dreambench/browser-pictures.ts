/** Pictures by way of a browser, which decodes whatever a person has, and draws the contact sheet. */
import { readFile, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';

import { chromium, type Browser, type Page } from '@playwright/test';

import type { Pixels } from '../../workers/api.ts';
import { provideBrowser, softwareGpuFlags } from '../../provision/browser.ts';

export class PictureBrowser {
  readonly #browser: Browser;
  readonly #page: Page;

  private constructor(browser: Browser, page: Page) {
    this.#browser = browser;
    this.#page = page;
  }

  static async open(): Promise<PictureBrowser> {
    const executablePath = provideBrowser((line) => {
      console.error(line);
    });
    const browser = await chromium.launch({
      args: [...softwareGpuFlags],
      ...(executablePath === null ? {} : { executablePath }),
    });
    return new PictureBrowser(browser, await browser.newPage());
  }

  /** Decodes a file, turned upright, without a change of its colours. @throws Error where it is no picture */
  async decode(file: string): Promise<Pixels> {
    const encoded = (await readFile(file)).toString('base64');
    const { width, height, data } = await this.#page.evaluate(decodeInPage, encoded).catch((cause: unknown) => {
      throw new Error(`${file} is no picture that a browser can read.`, { cause });
    });
    const bytes = Buffer.from(data, 'base64');
    return { width, height, data: Uint8ClampedArray.from(bytes) };
  }

  /** Draws the table of a page of this machine as a PNG. */
  async draw(html: string, png: string): Promise<void> {
    await this.#page.goto(pathToFileURL(html).href);
    await writeFile(png, await this.#page.locator('table').screenshot());
  }

  close(): Promise<void> {
    return this.#browser.close();
  }
}

/** Runs in the page. */
async function decodeInPage(
  encoded: string,
): Promise<{ readonly width: number; readonly height: number; readonly data: string }> {
  const bytes = Uint8Array.from(atob(encoded), (letter) => letter.charCodeAt(0));
  const bitmap = await createImageBitmap(new Blob([bytes]), { colorSpaceConversion: 'none', premultiplyAlpha: 'none' });
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d');
  if (context === null) throw new Error('There is no canvas.');
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  let text = '';
  for (let start = 0; start < data.length; start += 0x8000)
    text += String.fromCharCode(...data.subarray(start, start + 0x8000));
  return { width, height, data: btoa(text) };
}
