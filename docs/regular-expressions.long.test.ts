import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { checkSync } from 'recheck';
import { parseSync } from 'vite';
import { expect, it } from 'vitest';

interface Literal {
  readonly regex: { readonly pattern: string; readonly flags: string };
}

function isRegex(node: object): node is Literal {
  return 'regex' in node && typeof node.regex === 'object' && node.regex !== null;
}

/** All regular expressions that stand in a source file. */
function regularExpressions(node: unknown): Literal['regex'][] {
  if (typeof node !== 'object' || node === null) return [];
  if (isRegex(node)) return [node.regex];
  return Object.values(node).flatMap(regularExpressions);
}

const files = execFileSync('git', ['ls-files', 'src', 'workers'], { encoding: 'utf8' })
  .split('\n')
  .filter((file) => /\.tsx?$/u.test(file) && !/\.test\.ts|\/testing\//u.test(file));
const found = new Map(
  files.flatMap((file) =>
    regularExpressions(parseSync(file, readFileSync(file, 'utf8')).program).map(
      (regex) => [`/${regex.pattern}/${regex.flags}`, { ...regex, file }] as const,
    ),
  ),
);

it('there are many', () => {
  expect(found.size).toBeGreaterThan(100);
});

// Texts and bytes come from strangers: time must not grow faster than they do.
it.each([...found])('%s takes time that grows as its text does', (_, { pattern, flags, file }) => {
  const diagnostics = checkSync(pattern, flags, { timeout: 60_000 });
  const complexity = 'complexity' in diagnostics ? diagnostics.complexity.type : undefined;
  expect({ file, complexity }).toEqual({
    file,
    complexity: expect.stringMatching(/^(?:constant|safe|linear)$/u) as string,
  });
});
