/** What the licences of the packages in the built site ask for: their texts, as a file beside it. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { Plugin } from 'vite';
import { z } from 'zod';

const packageSchema = z.object({
  name: z.string(),
  version: z.string(),
  license: z.string(),
  dependencies: z.record(z.string(), z.string()).default({}),
});

interface Notice {
  readonly name: string;
  readonly version: string;
  /** As SPDX names it. */
  readonly license: string;
  readonly text: string;
}

const root = join(import.meta.dirname, '..');
const fileName = 'third-party-notices.txt';

/** Who holds the rights, where a package states its licence and leaves the text out. */
const holders: Readonly<Record<string, string>> = {
  'onnxruntime-web': 'Copyright (c) Microsoft Corporation',
  'onnxruntime-common': 'Copyright (c) Microsoft Corporation',
  'guid-typescript': 'Copyright (c) NicolasDeveloper',
};

const texts: Readonly<Record<string, string>> = {
  MIT: `Permission is hereby granted, free of charge, to any person obtaining a copy of this software and associated documentation files (the "Software"), to deal in the Software without restriction, including without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE SOFTWARE.`,
  ISC: `Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted, provided that the above copyright notice and this permission notice appear in all copies.

THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE OF THIS SOFTWARE.`,
};

/** Writes the notices of every package that the site depends on, directly or not. */
export function thirdPartyNotices(): Plugin {
  return {
    name: 'third-party-notices',
    apply: 'build',
    transformIndexHtml: () => [{ tag: 'link', attrs: { rel: 'license', href: `./${fileName}` }, injectTo: 'head' }],
    generateBundle() {
      this.emitFile({ type: 'asset', fileName, source: noticesText(packageNotices()) });
    },
  };
}

export function noticesText(notices: readonly Notice[]): string {
  const parts = notices.map(({ name, version, license, text }) => `${name} ${version} (${license})\n\n${text.trim()}`);
  const rule = `\n\n${'-'.repeat(80)}\n\n`;
  return `Pinword contains or may load the following packages. Each is under its own licence.${rule}${parts.join(rule)}\n`;
}

/**
 * The dependencies of package.json and theirs, in the order of their names. Types, and what stands in for packages that are left out, are not in the site.
 * @throws Error for a package whose licence has no text: then `holders` lacks it
 */
export function packageNotices(): Notice[] {
  const found = new Map<string, Notice>();
  const visit = (folder: string): void => {
    const { name, version, license, dependencies } = readPackage(folder);
    if (folder !== root) {
      if (found.has(folder) || /^(@types\/|(undici-types|empty-npm-package)$)/u.test(name)) return;
      found.set(folder, { name, version, license, text: licenceText(folder, name, license) });
    }
    for (const dependency of Object.keys(dependencies)) visit(folderOf(dependency, folder));
  };
  visit(root);
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name));
}

const readPackage = (folder: string) =>
  packageSchema.parse(JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')));

/** As Node looks for it: in the folder that asks, then in each folder above. */
function folderOf(name: string, from: string): string {
  const folder = join(from, 'node_modules', name);
  if (existsSync(join(folder, 'package.json'))) return folder;
  const above = dirname(from);
  if (above === from) throw new Error(`${name} is not installed.`);
  return folderOf(name, above);
}

function licenceText(folder: string, name: string, license: string): string {
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/iu.test(entry));
  if (file !== undefined) return readFileSync(join(folder, file), 'utf8');
  const [holder, text] = [holders[name], texts[license]];
  if (holder === undefined || text === undefined) throw new Error(`${name} comes without the text of its licence.`);
  return `${holder}\n\n${text}`;
}
