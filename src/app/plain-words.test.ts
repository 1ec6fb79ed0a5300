import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, it } from 'vitest';
import ts from 'typescript';

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
  const visit = (node: ts.Node): void => {
    if (ts.isJsxText(node)) texts.push(node.text);
    const isString = ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node);
    if (isString && /\S\s+\S/u.test(node.text)) texts.push(node.text);
    node.forEachChild(visit);
  };
  visit(ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX));
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
