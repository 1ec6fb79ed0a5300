import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

import { expect, it } from 'vitest';

const root = join(import.meta.dirname, '..');
const specifier = /\b(?:from|import)\s*\(?\s*'(\.{1,2}\/[^']+\.tsx?)'/g;

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => join(folder, path))
    .filter((path) => /\.tsx?$/.test(path));
}

/** What each file imports, types too: lint's rule against circles does not see these. */
const imports = new Map(
  ['src', 'workers'].flatMap(sources).map((file) => {
    const text = readFileSync(join(root, file), 'utf8');
    const targets = [...text.matchAll(specifier)].map(([, path = '']) =>
      relative(root, join(root, dirname(file), path)),
    );
    return [file, targets] as const;
  }),
);

/** The first circle below a file, as the files on it. */
function circleFrom(file: string, way: readonly string[], done: Set<string>): readonly string[] | null {
  if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
  if (done.has(file)) return null;
  for (const target of imports.get(file) ?? []) {
    const circle = circleFrom(target, [...way, file], done);
    if (circle !== null) return circle;
  }
  done.add(file);
  return null;
}

it('no files import each other in a circle, types included', () => {
  const done = new Set<string>();
  expect(imports.size).toBeGreaterThan(100);
  expect([...imports.keys()].map((file) => circleFrom(file, [], done)).find((circle) => circle !== null)).toBe(
    undefined,
  );
});
