import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { expect, it } from 'vitest';
import { z } from 'zod';

import { referenceData } from '../../testing/reference/folder-files.ts';
import { clipTokenizerJson } from './clip-tokenizer-json.ts';
import { byTheirTables, foreignRule } from './clip-text-rules.ts';

const rulesOf = z.looseObject({ normalizer: z.unknown(), pre_tokenizer: z.unknown() });
const saved = rulesOf.parse(
  JSON.parse(await readFile(join(referenceData, 'tokenizer/tokenizer-json/tokenizer.json'), 'utf8')),
);

it('what transformers saves is CLIP’s, and so is what is made of vocab.json and merges.txt', () => {
  expect(foreignRule(saved)).toBeNull();
  expect(foreignRule(rulesOf.parse(clipTokenizerJson({}, '', [], '<|endoftext|>')))).toBeNull();
  expect(foreignRule({})).toBeNull();
});

const slow = { type: 'Split', pattern: { Regex: '(a+)+$' }, behavior: 'Removed', invert: true };

it.each([
  ['another normalizer', { normalizer: { type: 'Precompiled' } }, 'the normalizer "Precompiled"'],
  ['a normalizer that replaces letters', { normalizer: { type: 'Replace', pattern: { String: 'a' } } }, 'pattern'],
  ['another pre-tokenizer', { pre_tokenizer: { type: 'Metaspace' } }, 'the pre_tokenizer "Metaspace"'],
  ['a regular expression of its own', { pre_tokenizer: slow }, 'the pre_tokenizer "Split" with a pattern'],
  ['one in a sequence', { pre_tokenizer: { type: 'Sequence', pretokenizers: [slow] } }, 'with a pattern'],
  [
    'sequences in sequences',
    { normalizer: { type: 'Sequence', normalizers: [{ type: 'Sequence' }] } },
    'in a normalizer',
  ],
  ['something without a type', { normalizer: 7 }, 'unknown form'],
])('%s is named', (_, json, words) => {
  expect(foreignRule(json)).toContain(words);
});

it.each([
  ['none', null, []],
  ['a single one', { type: 'ByteLevel' }, ['Split', 'ByteLevel']],
  ['a sequence of one', { type: 'Sequence', pretokenizers: [{ type: 'ByteLevel' }] }, ['Split', 'ByteLevel']],
])('of %s a sequence by the tables of transformers is made', (_, rule, types) => {
  expect(byTheirTables(rule)).toMatchObject({ type: 'Sequence', pretokenizers: types.map((type) => ({ type })) });
});
