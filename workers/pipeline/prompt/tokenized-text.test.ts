import { readFile } from 'node:fs/promises';

import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { literalText } from '../../contract/prompt-weights.ts';
import { findReferenceJson } from '../../testing/reference/reference-file.ts';
import { refusal } from '../../testing/reference/weights.ts';
import type { LoadedEmbedding } from './installed-embeddings.ts';
import { parseText } from './parsed-text.ts';
import { captionTokens, tokenizeText } from './tokenized-text.ts';
import { loadTokenizer } from './tokenizer.ts';
import { TriggerWords } from './trigger-words.ts';
import { unifiedPrompt } from './unified-prompt.ts';

const clip = new URL('../../../public/tokenizers/clip/', import.meta.url);
const textOf = (path: string) => readFile(new URL(path, clip), 'utf8').catch(() => null);
const tokenizer = await loadTokenizer(
  { text: textOf, json: async (path) => JSON.parse((await textOf(path)) ?? 'null') as unknown },
  77,
);
const read = (text: string, named: readonly LoadedEmbedding[] = []) =>
  tokenizeText(tokenizer, parseText(literalText(text), new TriggerWords(named)));

const embedding = (trigger: string, vectors: number) => ({ trigger, vectors, values: new Float32Array() });

const captions = z
  .array(
    z.object({
      caption: z.string(),
      ids: z.array(z.int()),
      words: z.array(z.object({ text: z.string(), positions: z.array(z.int()) })),
    }),
  )
  .parse(await findReferenceJson('tokenizer/words.json'));

it.each(captions)(
  '$caption has the tokens of transformers, and its words those of its offsets',
  ({ caption, ids, words }) => {
    const text = read(caption);
    expect([tokenizer.bosId, ...text.ids, tokenizer.eosId]).toEqual(ids);
    const shown = captionTokens(text, tokenizer.limit).words;
    expect(shown.map(({ text: word, positions }) => ({ text: word, positions }))).toEqual(words);
  },
);

describe('a caption without spaces', () => {
  const request = { negativePrompt: read(''), subjectPositions: 'pinned' } as const;

  it('takes a pin on each of two words that share a token', () => {
    const caption = read('บนชายหาดมีสุนัข');
    const [section] = unifiedPrompt(tokenizer, {
      ...request,
      caption,
      pins: [
        { word: 1, rows: [1] },
        { word: 0, rows: [0] },
      ],
    });
    expect([...(section?.wordIndex ?? [])].slice(0, 10)).toEqual([0, 77, 77, 78, 78, 78, 78, 78, 78, 9]);
  });

  it('refuses a pin on a word whose only token is another pinned word’s', () => {
    const caption = {
      ids: [5, 6],
      weights: [1, 1],
      sections: [{ start: 0, end: 2 }],
      embeddings: [],
      words: [0, 1].map(() => ({
        text: '人',
        tokens: { start: 0, end: 1 },
        core: { start: 0, end: 1 },
        embeddings: [],
      })),
    };
    const pins = [0, 1].map((word) => ({ word, rows: [word] }));
    expect(refusal(() => unifiedPrompt(tokenizer, { ...request, caption, pins }))).toMatchObject({
      code: 'pin-without-token',
      message: expect.stringContaining('“人”') as string,
    });
  });

  it('names an embedding whose word lies across two of its words', () => {
    const { words, ids } = read('私の浜辺犬。', [embedding('浜辺犬', 2)]);
    expect(words.map(({ text, embeddings }) => `${text}${embeddings.length}`)).toEqual([
      '私0',
      'の0',
      '浜辺1',
      '犬。1',
    ]);
    expect(words[2]?.core).toEqual(words[3]?.core);
    expect(ids.filter((id) => id === tokenizer.padId)).toHaveLength(2);
  });
});

it('each word of a chunk has the embeddings that lie in it', () => {
  const named = [embedding('浜辺', 2), embedding('犬', 1)];
  const { words } = read('私の浜辺と犬。', named);
  const found = words.filter(({ embeddings }) => embeddings.length > 0);
  expect(found.map(({ text, embeddings }) => [text, ...embeddings.map(({ trigger }) => trigger)])).toEqual([
    ['浜辺', '浜辺'],
    ['犬。', '犬'],
  ]);
});

it('an embedding that claims more vectors than fit takes no more than fit', () => {
  expect(read('toy', [embedding('toy', 2 ** 31 - 1)]).ids.length).toBeLessThanOrEqual(tokenizer.limit);
});
