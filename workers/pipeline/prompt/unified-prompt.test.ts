import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { literalText } from '../../contract/prompt-weights.ts';
import { findReferenceJson, findReferenceText } from '../../testing/reference/reference-file.ts';
import { refusal } from '../../testing/reference/weights.ts';
import type { LoadedEmbedding } from './installed-embeddings.ts';
import { parseText } from './parsed-text.ts';
import { captionTokens as positionsOfText, tokenizeText } from './tokenized-text.ts';
import { loadTokenizer, type Tokenizer } from './tokenizer.ts';
import { TriggerWords } from './trigger-words.ts';
import { unifiedPrompt as layOut, type UnifiedPrompt, type UnifiedPromptRequest } from './unified-prompt.ts';

const read = (tokenizer: Tokenizer, text: string, embeddings: readonly LoadedEmbedding[]) =>
  tokenizeText(tokenizer, parseText(text, new TriggerWords(embeddings)));
const captionTokens = (tokenizer: Tokenizer, text: string, embeddings: readonly LoadedEmbedding[]) =>
  positionsOfText(read(tokenizer, literalText(text), embeddings), tokenizer.limit);

interface Texts extends Omit<UnifiedPromptRequest, 'caption' | 'negativePrompt'> {
  readonly caption: string;
  readonly negativePrompt: string;
  readonly embeddings: readonly LoadedEmbedding[];
}
const unifiedPrompt = (tokenizer: Tokenizer, { caption, negativePrompt, embeddings, ...request }: Texts) => {
  const [prompt] = layOut(tokenizer, {
    ...request,
    caption: read(tokenizer, literalText(caption), embeddings),
    negativePrompt: read(tokenizer, literalText(negativePrompt), embeddings),
  });
  if (prompt === undefined) throw new RangeError('no section');
  return prompt;
};

const tokenizerOf = (name: string) =>
  loadTokenizer(
    {
      text: (path) => findReferenceText(`${name}/${path}`),
      json: (path) => findReferenceJson(`${name}/${path}`),
    },
    77,
  );

const scenarios = z.array(
  z.object({
    name: z.string(),
    caption: z.string(),
    negativePrompt: z.string(),
    pins: z.array(z.object({ word: z.int(), row: z.int() })),
    inputIds: z.array(z.array(z.int())),
    positions: z.array(z.object({ position: z.int(), row: z.int() })),
  }),
);

const load = async (name: string) => scenarios.parse(await findReferenceJson(`${name}/reference/text.json`));
const positionsOf = (indices: Int32Array) => Array.from(indices);
const identity = Array.from({ length: 77 }, (_, position) => position);

describe.each(['sd15', 'v-prediction'])('captions of the checkpoint %s', (name) => {
  it('are laid out as transformers tokenizes and pads, with pseudo-words at the positions of its offsets', async () => {
    const tokenizer = await tokenizerOf(name);
    for (const { caption, negativePrompt, pins, inputIds, positions } of await load(name)) {
      const request = {
        caption,
        negativePrompt,
        embeddings: [],
        pins: pins.map(({ word, row }) => ({ word, rows: [row] })),
      };
      const pinned = unifiedPrompt(tokenizer, { ...request, subjectPositions: 'pinned' });
      const rows = new Map(positions.map(({ position, row }) => [position, row]));
      expect(positionsOf(pinned.inputIds)).toEqual(inputIds.flat());
      expect(positionsOf(pinned.wordIndex)).toEqual(
        identity.map((position) => (rows.has(position) ? 77 + (rows.get(position) ?? 0) : position)),
      );
      expect(positionsOf(pinned.hiddenIndex)).toEqual(
        identity.map((position) => (rows.has(position) ? 77 + position : position)),
      );
      const all = unifiedPrompt(tokenizer, { ...request, subjectPositions: 'all' });
      expect(positionsOf(all.hiddenIndex)).toEqual(identity.map((position) => 77 + position));
    }
  });

  it('show the same positions to the person who pins', async () => {
    const tokenizer = await tokenizerOf(name);
    for (const { caption, pins, positions } of await load(name)) {
      const { words } = captionTokens(tokenizer, caption, []);
      const shown = pins.flatMap(({ word, row }) =>
        (words[word]?.positions ?? []).map((position) => ({ position, row })),
      );
      expect(shown.sort((a, b) => a.position - b.position)).toEqual(
        positions.toSorted((a, b) => a.position - b.position),
      );
    }
  });
});

describe('an embedding of several vectors', () => {
  const request = { negativePrompt: '', embeddings: [], subjectPositions: 'pinned' } as const;

  it('takes as many positions as it has vectors; the text around it keeps its hidden states', async () => {
    const { wordIndex, hiddenIndex } = unifiedPrompt(await tokenizerOf('sd15'), {
      ...request,
      caption: 'a dog, running',
      pins: [{ word: 1, rows: [4, 5, 6] }],
    });
    // y: BOS a dog , running EOS pad …   r: BOS a v4 v5 v6 , running EOS pad …
    expect(positionsOf(wordIndex).slice(0, 10)).toEqual([0, 1, 81, 82, 83, 3, 4, 5, 8, 9]);
    expect(positionsOf(hiddenIndex).slice(0, 10)).toEqual([0, 1, 79, 80, 81, 3, 4, 5, 8, 9]);
  });

  it('may be shorter than the word it stands for', async () => {
    const { wordIndex } = unifiedPrompt(await tokenizerOf('sd15'), {
      ...request,
      caption: 'a saxophonist sings',
      pins: [{ word: 1, rows: [0, 1] }],
    });
    const { words } = captionTokens(await tokenizerOf('sd15'), 'a saxophonist sings', []);
    const after = 2 + (words[1]?.tokenCount ?? 0);
    const sings = words[2]?.positions ?? [];
    const end = after + sings.length;
    const before = [0, 1, 77, 78, ...sings, end];
    const padding = identity.slice(before.length).map((place) => (place > end ? place : 76));
    expect(positionsOf(wordIndex)).toEqual([...before, ...padding]);
    expect(padding.slice(0, 3)).toContain(76);
  });

  it('pushes the end of a full caption out, never a pinned word', async () => {
    const tokenizer = await tokenizerOf('sd15');
    const caption = `a dog ${'the '.repeat(80)}`;
    const { wordIndex } = unifiedPrompt(tokenizer, { ...request, caption, pins: [{ word: 1, rows: [0, 1, 2] }] });
    expect(positionsOf(wordIndex)).toEqual([0, 1, 77, 78, 79, ...identity.slice(3, 74), 76]);
    const refused = refusal(() =>
      unifiedPrompt(tokenizer, {
        ...request,
        caption,
        pins: [
          { word: 1, rows: [0, 1, 2] },
          { word: 74, rows: [3] },
        ],
      }),
    );
    expect(refused.code).toBe('pin-cut-off');
  });
});

describe('an embedding that the text names', () => {
  const toy = { trigger: '<toy>', vectors: 3, values: Float32Array.from([1, 2, 3, 4, 5, 6]) };
  const request = {
    caption: 'a dog',
    negativePrompt: '',
    pins: [],
    subjectPositions: 'pinned',
    embeddings: [toy],
  } as const;
  const inserted = (prompt: UnifiedPrompt) =>
    prompt.insertedVectors.map(({ position, values }) => [position, ...values]);

  it('stands in caption and negative prompt with all its vectors, and shifts what follows', async () => {
    const tokenizer = await tokenizerOf('sd15');
    const prompt = unifiedPrompt(tokenizer, { ...request, caption: 'the (<TOY>), dog', negativePrompt: '<toy>' });
    // BOS the ( v1 v2 v3 ) , dog EOS …; BOS v1 v2 v3 EOS …
    expect(inserted(prompt)).toEqual([
      [3, 1, 2],
      [4, 3, 4],
      [5, 5, 6],
      [78, 1, 2],
      [79, 3, 4],
      [80, 5, 6],
    ]);
    const plain = unifiedPrompt(tokenizer, { ...request, caption: 'the ( ), dog' });
    const [ids, without] = [Array.from(prompt.inputIds), Array.from(plain.inputIds)];
    expect(ids.slice(0, 3)).toEqual(without.slice(0, 3));
    expect(ids.slice(6, 77)).toEqual(without.slice(3, 74));
    const { words, tokenCount } = captionTokens(tokenizer, 'the (<TOY>), dog', [toy]);
    expect(words[1]).toMatchObject({ positions: [3, 4, 5], embeddings: [{ trigger: '<toy>', vectors: 3 }] });
    expect(words[2]).toMatchObject({ positions: [8], embeddings: [] });
    expect(tokenCount).toBe(10);
  });

  it('gives its place to what is pinned on it, in the sequence with pictures alone', async () => {
    const prompt = unifiedPrompt(await tokenizerOf('sd15'), {
      ...request,
      caption: 'the <toy> dog',
      pins: [{ word: 1, rows: [4] }],
    });
    expect(inserted(prompt)).toEqual([
      [2, 1, 2],
      [3, 3, 4],
      [4, 5, 6],
    ]);
    expect(positionsOf(prompt.wordIndex).slice(0, 7)).toEqual([0, 1, 81, 81, 81, 5, 6]);
    expect(positionsOf(prompt.hiddenIndex).slice(0, 7)).toEqual([0, 1, 79, 80, 81, 5, 6]);
  });

  it('is cut like tokens where the caption is full', async () => {
    const prompt = unifiedPrompt(await tokenizerOf('sd15'), { ...request, caption: `${'the '.repeat(74)}<toy> <toy>` });
    expect(inserted(prompt)).toEqual([[75, 1, 2]]);
    expect(prompt.inputIds[76]).toBe((await tokenizerOf('sd15')).eosId);
  });
});

describe('words of a caption', () => {
  const words = async (caption: string) => captionTokens(await tokenizerOf('sd15'), caption, []);

  it('are what whitespace separates, of any kind', async () => {
    expect((await words(' a\u2003dog\n\u0085on\u3000sand ')).words.map(({ text }) => text)).toEqual([
      'a',
      'dog',
      'on',
      'sand',
    ]);
  });

  it('give a pin their tokens without the punctuation around them', async () => {
    const [first, second] = (await words('“the” (dog)!!')).words;
    expect(first?.positions).toHaveLength(1);
    expect(second).toMatchObject({ tokenCount: 5 });
    expect(second?.positions).toHaveLength(1);
  });

  it('that are all punctuation, or that an apostrophe opens, are covered whole', async () => {
    for (const text of ['...', '&', "'tis"]) {
      const [word] = (await words(text)).words;
      expect(word?.positions, text).toHaveLength(word?.tokenCount ?? 0);
    }
  });

  it('keep their place while the punctuation behind them is cut off, and lose it when they are', async () => {
    const { words: found, tokenCount, limit } = await words(`${'the '.repeat(74)}dog!!! cat`);
    expect(found[74]).toMatchObject({ text: 'dog!!!', cutOff: false, positions: [75] });
    expect(found[75]).toMatchObject({ text: 'cat', cutOff: true, positions: [] });
    expect({ tokenCount, limit }).toEqual({ tokenCount: 81, limit: 77 });
  });

  it('are read up to the place of EOS, and not one token further', async () => {
    const { words: found } = await words('the '.repeat(76));
    expect(found[74]).toMatchObject({ cutOff: false, positions: [75] });
    expect(found[75]).toMatchObject({ cutOff: true, positions: [] });
  });

  it('of an empty caption are none, and BOS and EOS are counted', async () => {
    expect(await words(' \n ')).toEqual({ words: [], tokenCount: 2, limit: 77 });
  });
});
