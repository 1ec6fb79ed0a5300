import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { parseSync, Visitor } from 'vite';
import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** Words of those who build such models and pages. Where a thing has no other name, its field says what it is. */
const jargon =
  /\b(?:CORS|COEP|diffusers|image_encoder|tensors?|wasm|branches together|branches one by one|OPFS|ONNX)\b/u;

/** Files whose texts people read. */
async function filesOfTexts(): Promise<readonly string[]> {
  const entries = await readdir(join(root, 'src'), { recursive: true });
  const window = entries.filter((path) => path.endsWith('.tsx')).map((path) => join('src', path));
  return [
    ...window,
    ...['settings', 'qualities', 'schedulers', 'notices'].map((name) => `workers/contract/${name}.ts`),
  ];
}

/** Sentences and labels: what stands between tags, and strings of more than one word. */
function textsOf(source: string, path: string): string[] {
  const texts: string[] = [];
  const take = (text: unknown): void => {
    if (typeof text === 'string' && /\S\s+\S/u.test(text)) texts.push(text);
  };
  new Visitor({
    JSXText: ({ value }) => texts.push(value),
    Literal: ({ value }) => {
      take(value);
    },
    TemplateElement: ({ value }) => {
      take(value.cooked);
    },
  }).visit(parseSync(path, source).program);
  return texts;
}

it('nothing on the page is said in the words of those who built it', async () => {
  const paths = await filesOfTexts();
  expect(paths.length).toBeGreaterThan(50);
  const found: string[] = [];
  for (const path of paths)
    for (const text of textsOf(await readFile(join(root, path), 'utf8'), path))
      if (jargon.test(text)) found.push(`${path}: ${text.trim()}`);
  expect(found).toEqual([]);
});
