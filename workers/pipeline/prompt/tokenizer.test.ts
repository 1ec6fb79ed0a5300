import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { findReferenceJson, findReferenceText } from '../../testing/reference/reference-file.ts';
import { literalText } from '../../contract/prompt-weights.ts';
import { parseText } from './parsed-text.ts';
import { tokenizeText } from './tokenized-text.ts';
import { loadTokenizer, type Tokenizer, type TokenizerFiles } from './tokenizer.ts';
import { TriggerWords } from './trigger-words.ts';

const idsByWords = (tokenizer: Tokenizer, text: string) =>
  tokenizeText(tokenizer, parseText(literalText(text), new TriggerWords([]))).ids;
const idsOf = (tokenizer: Tokenizer, text: string) => tokenizer.encode(text).map(({ id }) => id);

function filesOf(folder: string, overrides: Readonly<Record<string, string | null>> = {}): TokenizerFiles {
  const text = async (path: string): Promise<string | null> => {
    const name = path.replace('tokenizer/', '');
    const override = overrides[name];
    return override === undefined ? findReferenceText(`${folder}/${name}`) : override;
  };
  return { text, json: async (path) => JSON.parse((await text(path)) ?? 'null') as unknown };
}

const caseSchema = z.object({ text: z.string(), ids: z.array(z.int()) });
const cases = z.array(caseSchema).parse(await findReferenceJson('tokenizer/cases.json'));

describe.each([
  ['vocab.json and merges.txt', 'tokenizer/vocabulary'],
  ['tokenizer.json', 'tokenizer/tokenizer-json'],
])('a tokenizer from %s', (_, folder) => {
  it.each(cases)('reads $text as transformers does', async ({ text, ids }) => {
    const tokenizer = await loadTokenizer(filesOf(folder), 77);
    expect([tokenizer.bosId, ...idsOf(tokenizer, text), tokenizer.eosId]).toEqual(ids);
  });

  it.each(cases)('gives $text the same tokens chunk by chunk', async ({ text, ids }) => {
    expect(idsByWords(await loadTokenizer(filesOf(folder), 77), text)).toEqual(ids.slice(1, -1));
  });
});

const withAddedWords = z
  .array(z.object({ name: z.string(), files: z.record(z.string(), z.unknown()), cases: z.array(caseSchema) }))
  .parse(await findReferenceJson('tokenizer/added-words.json'));

describe.each(withAddedWords)('words added to vocab.json and merges.txt: $name', ({ files, cases: texts }) => {
  const changed = Object.fromEntries(Object.entries(files).map(([name, content]) => [name, JSON.stringify(content)]));

  it.each(texts)('give $text the ids of transformers', async ({ text, ids }) => {
    const tokenizer = await loadTokenizer(filesOf('tokenizer/vocabulary', changed), 77);
    expect([tokenizer.bosId, ...idsOf(tokenizer, text), tokenizer.eosId]).toEqual(ids);
    expect(idsByWords(tokenizer, text)).toEqual(ids.slice(1, -1));
  });
});

describe('a special token in another case', () => {
  it.each(['<|endoftext|><|EndOfText|>', 'a<|endoftext|><|STARTOFTEXT|>b'])(
    'is text, also right behind one: %s',
    async (text) => {
      const tokenizer = await loadTokenizer(filesOf('sd15/tokenizer'), 77);
      const [before, after] = text.split('<|endoftext|>');
      expect(idsOf(tokenizer, text)).toEqual([
        ...idsOf(tokenizer, before ?? ''),
        tokenizer.eosId,
        ...idsOf(tokenizer, after ?? ''),
      ]);
      expect(idsOf(tokenizer, after ?? '')).not.toContain(tokenizer.bosId);
      expect(idsOf(tokenizer, after ?? '')).not.toContain(tokenizer.eosId);
    },
  );
});

describe('the padding token', () => {
  it('is the end of text in Stable Diffusion 1.x', async () => {
    const { padId, eosId } = await loadTokenizer(filesOf('sd15/tokenizer'), 77);
    expect(padId).toBe(eosId);
  });

  it('is the end of text where no file names one', async () => {
    const files = filesOf('sd15/tokenizer', { 'tokenizer_config.json': null, 'special_tokens_map.json': null });
    const { padId, eosId } = await loadTokenizer(files, 77);
    expect(padId).toBe(eosId);
  });

  it('is what tokenizer_config.json says', async () => {
    expect((await loadTokenizer(filesOf('v-prediction/tokenizer'), 77)).padId).toBe(0);
  });

  it('may be written as an object, in special_tokens_map.json', async () => {
    const files = filesOf('sd15/tokenizer', {
      'tokenizer_config.json': null,
      'special_tokens_map.json': '{"pad_token":{"content":"!"}}',
    });
    expect((await loadTokenizer(files, 77)).padId).toBe(0);
  });
});

// The ids are those of transformers' CLIPTokenizer for the same files.
it('what no token of vocab.json stands for is the end of text', async () => {
  const vocab = { '<|startoftext|>': 0, '<|endoftext|>': 1, 'a</w>': 2, a: 3, '!': 4 };
  const files = filesOf('sd15/tokenizer', {
    'tokenizer.json': null,
    'vocab.json': JSON.stringify(vocab),
    'merges.txt': '#version: 0.2\n',
    'tokenizer_config.json': '{"pad_token":"!"}',
    'special_tokens_map.json': null,
    'added_tokens.json': null,
  });
  const tokenizer = await loadTokenizer(files, 77);
  expect(['a', 'b', 'a b', 'ab'].map((text) => idsOf(tokenizer, text))).toEqual([[2], [1], [2, 1], [3, 1]]);
  expect([tokenizer.padId, tokenizer.commaId]).toEqual([4, null]);
});

describe('a tokenizer.json', () => {
  const changed = async (change: (json: Record<string, unknown> & { model: object }) => object) => {
    const json = (await findReferenceJson('tokenizer/tokenizer-json/tokenizer.json')) as Parameters<typeof change>[0];
    const files = { 'tokenizer.json': JSON.stringify({ ...json, ...change(json) }) };
    return loadTokenizer(filesOf('tokenizer/tokenizer-json', files), 77);
  };

  it('is read whatever it says of what is not used: how texts are framed and put together again', async () => {
    const usual = idsOf(await changed(() => ({})), 'a dog');
    for (const odd of [7, null, { type: 'Novel' }]) {
      const tokenizer = await changed(() => ({ post_processor: odd, decoder: odd, truncation: odd }));
      expect(idsOf(tokenizer, 'a dog')).toEqual(usual);
    }
  });

  // The ids are those of Hugging Face's tokenizers 0.23 for the same file.
  it('has its special tokens found as they are written, and what lies between them read as by itself', async () => {
    const special = '<ΑΣe\u0301>';
    const word = { id: 740, content: special, special: true, normalized: false };
    const tokenizer = await changed(({ added_tokens }) => ({ added_tokens: [...(added_tokens as object[]), word] }));
    expect(idsOf(tokenizer, `x${special}y`)).toEqual([343, 740, 344]);
    expect(idsOf(tokenizer, 'a<|endoftext|>b<|endoftext|>ΑΣ')).toEqual([320, 739, 321, 739, 138, 109, 139, 481]);
  });

  const added = (id: number, content: string, special: boolean) => ({ id, content, special, normalized: false });

  it('has the longest of its special tokens found where one begins with another', async () => {
    for (const words of [['<x', '<x>'] as const, ['<x>', '<x'] as const]) {
      const tokens = words.map((content, index) => added(740 + index, content, true));
      const tokenizer = await changed(({ added_tokens: own }) => ({ added_tokens: [...(own as object[]), ...tokens] }));
      const [short, long] = words[0] === '<x' ? [740, 741] : [741, 740];
      expect(idsOf(tokenizer, 'a<x>b<xb')).toEqual([320, long, 321, short, 321]);
    }
  });

  it.each([
    ['none at all', []],
    ['an empty one', [added(740, '', true)]],
    ['one that is not special, nor says that it is', [{ id: 740, content: 'ab', normalized: true }]],
  ])('is read where its added tokens are %s', async (name, tokens) => {
    const tokenizer = await changed(() => ({ added_tokens: tokens }));
    expect(idsOf(tokenizer, 'a dog')).toEqual([320, 553]);
    if (name !== 'none at all') return;
    expect(idsOf(tokenizer, 'ab, c')).toEqual([64, 321, 267, 322]);
    expect(tokenizer.commaId).toBe(267);
  });

  it.each([
    ['with no pattern of their own', { add_prefix_space: false, use_regex: false }],
    ['of which it says nothing', {}],
  ])('cuts by its pattern before bytes %s', async (_, settings) => {
    const tokenizer = await changed(({ pre_tokenizer: own }) => {
      const [split] = (own as { readonly pretokenizers: readonly object[] }).pretokenizers;
      return { pre_tokenizer: { type: 'Sequence', pretokenizers: [split, { type: 'ByteLevel', ...settings }] } };
    });
    expect(idsOf(tokenizer, "a dog's 12 x!")).toEqual([320, 553, 722, 272, 273, 343, 256]);
  });

  it.each([
    ['cuts into bytes alone', { type: 'ByteLevel', add_prefix_space: false, use_regex: true }],
    ['does not cut', null],
  ])('is refused where it %s, for then white space has tokens', async (_, rule) => {
    await expect(changed(() => ({ pre_tokenizer: rule }))).rejects.toMatchObject({ code: 'unsupported-config' });
  });

  it('composes letters and marks only where it says so', async () => {
    expect(idsOf(await changed(() => ({})), 'e\u0301')).toEqual([127, 358]);
    const plain = await changed(() => ({ normalizer: { type: 'Lowercase' } }));
    expect(idsOf(plain, 'e\u0301')).toEqual([324, 136, 479]);
    expect(plain.byteLength('e\u0301')).toBe(3);
  });

  it.each([
    ['another model', { type: 'WordPiece' }],
    ['bytes for what is unknown', { byte_fallback: true }],
    ['whole words before merges', { ignore_merges: true }],
    ['a prefix within words', { continuing_subword_prefix: '##' }],
    ['merges of three', { merges: [['a', 'b', 'c']] }],
    ['a negative id', { vocab: { a: -1 } }],
  ])('is refused where it asks for %s', async (_, part) => {
    await expect(changed(({ model }) => ({ model: { ...model, ...part } }))).rejects.toMatchObject({
      code: 'unsupported-config',
    });
  });

  it('is refused where its rules are no list', async () => {
    const normalizer = { type: 'Sequence', normalizers: 5 };
    await expect(changed(() => ({ normalizer }))).rejects.toMatchObject({
      code: 'unsupported-config',
      message: expect.stringContaining('a normalizer of an unknown form') as string,
    });
  });
});

it('tokens stand for the bytes of the text as it is read: composed, in lower case, without white space', async () => {
  const tokenizer = await loadTokenizer(filesOf('tokenizer/vocabulary', { 'added_tokens.json': '{"<狗>":740}' }), 77);
  for (const [text, bytes] of [
    ['e\u0301', 2],
    ['İ', 3],
    ['\u3000a b\u0085', 2],
    ['<狗>', 5],
    ['a<狗>b', 7],
  ] as const) {
    expect(tokenizer.byteLength(text), text).toBe(bytes);
    const inTokens = tokenizer.encode(text).map(({ byteLength }) => byteLength);
    expect(
      inTokens.reduce((sum, length) => sum + length, 0),
      text,
    ).toBe(bytes);
  }
});

describe('a tokenizer folder that cannot be used', () => {
  it.each([
    ['file-not-found', { 'merges.txt': null }],
    ['file-not-found', { 'vocab.json': null }],
    ['unsupported-config', { 'vocab.json': '{"<|startoftext|>":0}' }],
    ['unsupported-config', { 'vocab.json': '[1]' }],
    ['unsupported-config', { 'added_tokens.json': '{"<cat-toy>":"740"}' }],
    ['unsupported-config', { 'tokenizer_config.json': '{"added_tokens_decoder":{"740":"<cat-toy>"}}' }],
    ['unsupported-config', { 'tokenizer.json': '{"model":{"type":"WordPiece"}}' }],
  ])('is refused as %s where it is %o', async (code, overrides) => {
    await expect(loadTokenizer(filesOf('sd15/tokenizer', overrides), 77)).rejects.toMatchObject({ code });
  });
});
