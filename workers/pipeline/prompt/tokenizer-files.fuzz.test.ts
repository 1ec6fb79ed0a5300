import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseJsonText } from '../../checkpoint/json/json-file.ts';
import { cases, changedJson, mutate, mutations, typed } from '../../testing/files/fuzz.ts';
import { findReferenceJson, findReferenceText } from '../../testing/reference/reference-file.ts';
import { parseText } from './parsed-text.ts';
import { tokenizeText } from './tokenized-text.ts';
import { loadTokenizer } from './tokenizer.ts';
import { TriggerWords } from './trigger-words.ts';

type Files = Readonly<Record<string, unknown>>;

const folder = 'tokenizer/tokenizer-json';
const names = ['tokenizer.json', 'vocab.json', 'tokenizer_config.json'] as const;
const [whole, vocab, config] = await Promise.all(names.map((name) => findReferenceJson(`${folder}/${name}`)));
const merges = (await findReferenceText(`${folder}/merges.txt`)) ?? '';
const captions = ['', 'a dog, beside 12 others', '犬 σΣ <|endoftext|> \ufeff', "don't 😀"];

/** Files give a tokenizer that gives numbers for every caption, or are refused by a sentence. */
async function read(files: Files): Promise<void> {
  const find = (path: string): unknown => files[path.replace('tokenizer/', '')] ?? null;
  const tokenizer = await typed(['unsupported-config', 'file-not-found'], () =>
    loadTokenizer(
      {
        json: (path) => Promise.resolve(find(path)),
        text: (path) => Promise.resolve(find(path) === null ? null : String(find(path))),
      },
      77,
    ),
  );
  if (tokenizer === null) return;
  for (const caption of captions) {
    const { ids } = tokenizeText(tokenizer, parseText(caption, new TriggerWords([])));
    expect([...ids, tokenizer.bosId, tokenizer.eosId, tokenizer.padId].filter((id) => !Number.isInteger(id))).toEqual(
      [],
    );
    expect(tokenizer.byteLength(caption)).toBeGreaterThanOrEqual(0);
  }
}

describe('the files of a tokenizer', () => {
  it('in one, with any value in any place', async () => {
    await fc.assert(
      fc.asyncProperty(changedJson(whole), (json) => read({ 'tokenizer.json': json, 'tokenizer_config.json': config })),
      { numRuns: cases },
    );
  });

  it('in several, of which any is another', async () => {
    const text = mutations.map((mutation) => Buffer.from(mutate(Buffer.from(merges), mutation)).toString());
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          'vocab.json': fc.oneof(fc.constant(vocab), changedJson(vocab)),
          'merges.txt': fc.oneof(fc.constant(merges), text),
          'tokenizer_config.json': fc.oneof(fc.constant(config), changedJson(config)),
          'added_tokens.json': fc.oneof(fc.constant(null), fc.jsonValue(), fc.constant({ dog: 3, '': 5 })),
          'special_tokens_map.json': fc.oneof(fc.constant(null), fc.jsonValue()),
        }),
        read,
      ),
      { numRuns: cases },
    );
  });

  it('of any bytes', () => {
    const text = mutations.map((mutation) =>
      Buffer.from(mutate(Buffer.from(JSON.stringify(whole)), mutation)).toString(),
    );
    return fc.assert(
      fc.asyncProperty(text, async (value) => {
        let json: unknown;
        try {
          json = parseJsonText(value);
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
          return;
        }
        await read({ 'tokenizer.json': json });
      }),
      { numRuns: cases },
    );
  });
});
