import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

import { schedulers } from '../workers/contract/schedulers.ts';

const root = join(import.meta.dirname, '..');
const features = readFileSync(join(root, 'FEATURES.md'), 'utf8');
const named = [...features.matchAll(/`([\w./-]+\.(?:test|spec)\.ts)`/gu)].map(([, path]) => path ?? '');

it('every test that FEATURES.md names exists', () => {
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

it('every line of its tables names a test', () => {
  const lines = features.split('\n').filter((line) => /^\| (?!.*\| test \|)/u.test(line));
  expect(lines.filter((line) => !/(?:test|spec)\.ts` \|$/u.test(line))).toEqual([]);
});

it('every scheduler is in it', () => {
  expect(Object.keys(schedulers).filter((name) => !features.includes(`\`${name}\``))).toEqual([]);
});
