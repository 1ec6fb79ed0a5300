import { expect, it } from 'vitest';

import { composed } from './unicode-tables.ts';

it.each([
  ['e\u0301', 'é'],
  // U+08CA came with Unicode 14: what stands before and behind it is composed, and nothing across it.
  ['e\u0301\u08cae\u0301\u08cae\u0301', 'é\u08caé\u08caé'],
  ['e\u08ca\u0301', 'e\u08ca\u0301'],
  ['', ''],
])('%j is %j by Unicode 9', (text, expected) => {
  expect(composed(text)).toBe(expected);
});
