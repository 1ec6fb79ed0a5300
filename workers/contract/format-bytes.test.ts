import { expect, it } from 'vitest';
import { formatBytes } from './format-bytes.ts';

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 KB'],
  [44_900_000, '45 MB'],
  [999_600, '1.0 MB'],
  [1_719_000_000, '1.7 GB'],
  [-5, '0 B'],
])('writes %i bytes as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});
