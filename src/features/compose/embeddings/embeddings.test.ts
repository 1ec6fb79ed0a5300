import { beforeEach, describe, expect, it } from 'vitest';
import type { CaptionTokens, EngineApi } from '../../../../workers/api.ts';
import {
  embeddingStore,
  engineEmbeddings,
  installEmbedding,
  reinstallEmbedding,
  renameEmbedding,
  uninstallEmbedding,
} from './embeddings.ts';
import { namedEmbeddings, readTexts } from '../caption/read-texts.ts';

/** The engine reads the name from the file's text, and finds triggers as whole words. */
const engine: Pick<EngineApi, 'inspectEmbedding' | 'tokenize'> = {
  inspectEmbedding: async (file) => ({ ok: true, value: { name: await file.text(), vectors: 2, dimension: 8 } }),
  tokenize: (text, embeddings) => {
    const words = text.split(' ').map((word) => ({
      text: word,
      positions: [],
      tokenCount: 1,
      cutOff: false,
      embeddings: embeddings.filter(({ trigger }) => trigger === word),
    }));
    return Promise.resolve({ ok: true, value: { words, tokenCount: 2, limit: 77 } satisfies CaptionTokens });
  },
};
const install = (name: string, file = `${name}.pt`) => installEmbedding(engine, new File([name], file));
const triggers = () => embeddingStore.getState().embeddings.map(({ trigger }) => trigger);
const [model, other] = [{ embeddingDimension: 8 }, { embeddingDimension: 9 }];

beforeEach(() => {
  embeddingStore.setState({ embeddings: [] });
});

describe('installing an embedding', () => {
  it('gives it the word that its file names, without whitespace', async () => {
    await install('<cat-toy>');
    await install('my own word');
    expect(triggers()).toEqual(['<cat-toy>', 'my-own-word']);
  });

  it('gives it another word where that is taken, and takes no file twice', async () => {
    await install('Toy', 'first.pt');
    await installEmbedding(
      { inspectEmbedding: () => Promise.resolve({ ok: true, value: { name: 'toy', vectors: 1, dimension: 8 } }) },
      new File(['x'], 'second.pt'),
    );
    await install('Toy', 'again.pt');
    expect(triggers()).toEqual(['Toy', 'toy-2']);
  });

  it('keeps nothing of a file that is none', async () => {
    const refused = { ok: false, error: { code: 'bad-embedding', message: 'No.' } } as const;
    expect(
      await installEmbedding({ inspectEmbedding: () => Promise.resolve(refused) }, new File(['x'], 'x.pt')),
    ).toEqual(refused);
    expect(triggers()).toEqual([]);
  });
});

describe('the word of an embedding', () => {
  it('can be changed to one that is free', async () => {
    await install('toy');
    await install('cat');
    const [toy] = embeddingStore.getState().embeddings;
    expect(renameEmbedding(toy?.id ?? '', ' my toy ')).toBe(true);
    expect(renameEmbedding(toy?.id ?? '', 'CAT')).toBe(false);
    expect(renameEmbedding(toy?.id ?? '', '  ')).toBe(false);
    expect(triggers()).toEqual(['my-toy', 'cat']);
  });

  it('comes back with the settings of a picture, and whatever has it meanwhile gets another', async () => {
    const first = await install('toy');
    if (!first.ok) throw new RangeError('not installed');
    uninstallEmbedding(first.value.id);
    await installEmbedding(
      { inspectEmbedding: () => Promise.resolve({ ok: true, value: { name: 'toy', vectors: 1, dimension: 8 } }) },
      new File(['x'], 'x.pt'),
    );
    reinstallEmbedding(first.value);
    expect(triggers()).toEqual(['toy-2', 'toy']);
    reinstallEmbedding({ ...first.value, trigger: 'old' });
    expect(triggers()).toEqual(['toy-2', 'old']);
  });
});

describe('the embeddings of a run', () => {
  it('are those that caption or negative prompt name and that fit the model, with their bytes', async () => {
    for (const name of ['toy', 'cat', 'dog']) await install(name);
    const named = await namedEmbeddings(
      engine,
      { caption: 'a toy here', negativePrompt: 'no dog', longCaptions: false },
      model,
    );
    if (!named.ok) throw new RangeError('not named');
    expect(named.value.map(({ trigger }) => trigger)).toEqual(['toy', 'dog']);
    const files = await engineEmbeddings(named.value);
    if (!files.ok) throw new RangeError('not found');
    expect(
      await Promise.all(files.value.map(async ({ trigger, file }) => [trigger, file.name, await file.text()])),
    ).toEqual([
      ['toy', 'toy.pt', 'toy'],
      ['dog', 'dog.pt', 'dog'],
    ]);
    expect(await namedEmbeddings(engine, { caption: 'a toy', negativePrompt: '', longCaptions: false }, other)).toEqual(
      {
        ok: true,
        value: [],
      },
    );
  });

  it('are found in the reading that the page shows: nothing is tokenized twice for a run', async () => {
    await install('toy');
    let read = 0;
    const counting: typeof engine = {
      ...engine,
      tokenize: (...asked) => {
        read += 1;
        return engine.tokenize(...asked);
      },
    };
    const texts = { caption: 'a toy', negativePrompt: 'rain', longCaptions: false };
    await readTexts(counting, texts, model);
    await namedEmbeddings(counting, texts, model);
    expect(read).toBe(2);
    await install('rain');
    await namedEmbeddings(counting, texts, model);
    expect(read).toBe(4);
    await readTexts(counting, texts, { embeddingDimension: 8 });
    expect(read).toBe(6);
  });

  it('say which file is gone from the storage', async () => {
    const gone = { id: 'gone', name: 'toy.pt', trigger: 'toy', vectors: 1, dimension: 8 };
    expect(await engineEmbeddings([gone])).toMatchObject({
      ok: false,
      error: { code: 'file-not-found', message: expect.stringContaining('“toy”') as string },
    });
  });
});
