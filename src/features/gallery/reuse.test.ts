import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { EngineApi } from '../../../workers/api.ts';
import { composeStore } from '../compose/draft/compose-store.ts';
import { embeddingStore } from '../compose/embeddings/embeddings.ts';
import { keepSubject } from '../compose/pins/subject-library.ts';
import { defaultSettings, settingsStore } from '../settings/settings.ts';
import type { PinnedSubject } from '../compose/pins/pins.ts';
import { pictureMetadata } from './metadata.ts';
import type { Recipe } from './picture-record.ts';
import { applyForeignRecipe, applyRecipe, recipeOfFile } from './reuse.ts';

const samples = new Map<string, string>([['models/picturebook/samples/dog.png', 'a dog']]);
const list = [{ file: 'dog.png', title: 'Dog', word: 'dog' }];
const asked: string[] = [];
vi.stubGlobal('fetch', (path: string) => {
  asked.push(path);
  if (path.endsWith('samples.json')) return Promise.resolve(new Response(JSON.stringify(list)));
  const sample = [...samples].find(([end]) => path.endsWith(end))?.[1];
  return Promise.resolve(sample === undefined ? new Response('', { status: 404 }) : new Response(sample));
});

const hashOf = async (bytes: Blob) =>
  Buffer.from(await crypto.subtle.digest('SHA-256', await bytes.arrayBuffer())).toString('hex');

const engine: Pick<EngineApi, 'inspectImage' | 'inspectEmbedding'> = {
  inspectImage: async (image) =>
    (await image.text()).startsWith('a ')
      ? { ok: true, value: { width: 40, height: 20, hash: await hashOf(image), upright: null } }
      : { ok: false, error: { code: 'not-an-image', message: 'no picture' } },
  inspectEmbedding: async (file) =>
    (await file.text()) === 'toy'
      ? { ok: true, value: { name: 'toy', vectors: 2, dimension: 8 } }
      : { ok: false, error: { code: 'bad-embedding', message: 'no embedding' } },
};

beforeEach(() => {
  embeddingStore.setState({ embeddings: [] });
  composeStore.setState({ caption: '', pins: [], waiting: [] });
  settingsStore.setState(defaultSettings);
  asked.length = 0;
});

it('the settings of a picture bring back the embeddings whose bytes are still here, and name the others', async () => {
  const kept = { id: await keepSubject(new Blob(['toy'])), name: 'toy.pt', trigger: 'toy', vectors: 2, dimension: 8 };
  const gone = { ...kept, id: 'gone', name: 'gone.pt', trigger: 'gone' };
  const { missing } = await applyRecipe(engine, {
    compose: { caption: 'a toy', pins: [] },
    embeddings: [kept, gone],
    settings: { ...defaultSettings, negativePrompt: 'gone', seed: 9 },
    guidanceMoved: false,
    model: { id: 'x', name: 'x' },
  });
  expect(missing).toEqual(['gone.pt']);
  expect(embeddingStore.getState().embeddings).toEqual([kept]);
  expect(composeStore.getState().caption).toBe('a toy');
  expect(settingsStore.getState()).toMatchObject({ negativePrompt: 'gone', seed: 9, seedLocked: true });
});

it('a picture of this browser stays cut out while its mask is here', async () => {
  const [image, mask] = [await keepSubject(new Blob(['a picture'])), await keepSubject(new Blob(['a mask']))];
  const cut = (id: string) =>
    picture(image, { cutOut: { mask: id, backdrop: 'blur', region: { x: -1, y: 0, size: 10 }, isOn: false } });
  expect((await applyRecipe(engine, recipe([cut(mask)]))).missing).toEqual([]);
  expect(pinned()).toEqual([cut(mask)]);
  expect((await applyRecipe(engine, recipe([cut('gone')]))).missing).toEqual(['the cut-out of x.png']);
  expect(pinned()).toEqual([picture(image)]);
});

const picture = (id: string, change: object = {}): PinnedSubject => ({
  kind: 'picture',
  id,
  name: 'x.png',
  width: 9,
  height: 9,
  region: { x: 0, y: 0, size: 9 },
  sample: null,
  ...change,
});
const recipe = (subjects: readonly PinnedSubject[], change: Partial<Recipe> = {}): Recipe => ({
  compose: { caption: 'a dog', pins: [{ word: 1, anchor: 'dog', hue: 0, subjects: [...subjects] }] },
  embeddings: [],
  settings: { ...defaultSettings, negativePrompt: 'rain' },
  guidanceMoved: false,
  model: { id: 'x', name: 'x' },
  ...change,
});
it('look and place of a pin come back with it, from a picture here and from a file', async () => {
  const id = await keepSubject(new Blob(['a picture']));
  const look = { on: true, strength: 0.3, role: 'composition' } as const;
  const area = { x: 0.5, y: 0, width: 0.5, height: 1 };
  const [pin] = recipe([picture(id)]).compose.pins;
  const placed = recipe([], { compose: { caption: 'a dog', pins: pin === undefined ? [] : [{ ...pin, look, area }] } });
  await applyRecipe(engine, placed);
  expect(composeStore.getState().pins).toMatchObject([{ look, area }]);
  composeStore.setState({ pins: [] });
  await applyForeignRecipe(engine, placed);
  expect(composeStore.getState().pins).toMatchObject([{ look, area }]);
});

const pinned = () => composeStore.getState().pins[0]?.subjects;

describe('a recipe that somebody else may have written', () => {
  it('installs no embedding, whatever it says of one, and names it', async () => {
    const id = await keepSubject(new Blob(['a picture']));
    const bomb = { id, name: 'bomb.pt', trigger: 'dog', vectors: 2 ** 31 - 1, dimension: 8 };
    const { missing } = await applyForeignRecipe(engine, recipe([], { embeddings: [bomb] }));
    expect(embeddingStore.getState().embeddings).toEqual([]);
    expect(missing).toEqual(['bomb.pt']);
  });

  it('names no embedding that is installed under that word already', async () => {
    const toy = { id: await keepSubject(new Blob(['toy'])), name: 'toy.pt', trigger: 'toy', vectors: 2, dimension: 8 };
    embeddingStore.setState({ embeddings: [toy] });
    expect((await applyForeignRecipe(engine, recipe([], { embeddings: [toy] }))).missing).toEqual([]);
  });

  it('says nothing of a pinned file that the file itself does not say', async () => {
    const image = await keepSubject(new Blob(['a picture']));
    const toy = await keepSubject(new Blob(['toy']));
    const inside = { x: 1, y: 2, size: 3 };
    const embedding = { kind: 'embedding', name: 'e.pt', vectors: 2 ** 30 } as const;
    const { missing } = await applyForeignRecipe(
      engine,
      recipe([
        picture(image, { width: 1e9, region: { x: 0, y: 0, size: 1e9 }, sample: '../../x' }),
        picture(image, { region: inside }),
        picture(toy, { name: 'no picture' }),
        { ...embedding, id: toy },
        { ...embedding, id: image, name: 'no embedding' },
      ]),
    );
    expect(pinned()).toMatchObject([
      { width: 40, height: 20, region: { x: 10, y: 0, size: 20 }, sample: null },
      { width: 40, region: inside },
      { kind: 'embedding', vectors: 2 },
    ]);
    expect(missing).toEqual(['no picture', 'no embedding']);
  });

  const cutOut = (mask: string, change: object = {}) => ({
    cutOut: { mask, backdrop: 'grey', region: { x: -4, y: 0, size: 30 }, isOn: true, ...change },
  });

  it('cuts out pictures whose masks are here, and names the others', async () => {
    const image = await keepSubject(new Blob(['a picture']));
    const mask = await keepSubject(new Blob(['a mask']));
    const noPicture = await keepSubject(new Blob(['toy']));
    const outside = { region: { x: 0, y: 0, size: 1e9 } };
    const { missing } = await applyForeignRecipe(
      engine,
      recipe([
        picture(image, cutOut(mask)),
        picture(image, { name: 'gone.png', ...cutOut('gone') }),
        picture(image, { name: 'no-mask.png', ...cutOut(noPicture) }),
        picture(image, { name: 'outside.png', ...cutOut(mask, outside) }),
      ]),
    );
    const cuts = pinned()?.map((subject) => (subject.kind === 'picture' ? subject.cutOut : null));
    expect(cuts).toEqual([cutOut(mask).cutOut, undefined, undefined, undefined]);
    expect(missing).toEqual(['gone.png', 'no-mask.png', 'outside.png'].map((name) => `the cut-out of ${name}`));
  });

  it('fetches samples of the list, and nothing else', async () => {
    const dog = await crypto.subtle.digest('SHA-256', new TextEncoder().encode('a dog'));
    const { missing } = await applyForeignRecipe(
      engine,
      recipe([
        picture(Buffer.from(dog).toString('hex'), { sample: 'dog.png' }),
        picture('f00', { name: 'y.png', sample: '../../../secret' }),
      ]),
    );
    expect(pinned()).toMatchObject([{ name: 'Dog', sample: 'dog.png' }]);
    expect(missing).toEqual(['y.png']);
    expect(asked.filter((path) => !path.includes('samples/dog.png') && !path.endsWith('samples.json'))).toEqual([]);
  });

  it('leaves the check of results as it is', async () => {
    await applyForeignRecipe(engine, recipe([], { settings: { ...defaultSettings, checkResult: false, steps: 3 } }));
    expect(settingsStore.getState()).toMatchObject({ checkResult: true, steps: 3 });
  });

  it('finds the word of a pin where its browser cut the caption differently', async () => {
    const id = await keepSubject(new Blob(['a picture']));
    const compose = { caption: '犬が走る', pins: [{ word: 2, anchor: '犬', hue: 0, subjects: [picture(id)] }] };
    await applyForeignRecipe(engine, recipe([], { compose }));
    expect(composeStore.getState().pins.map(({ word }) => word)).toEqual([0]);
  });

  it.each([
    ['caption', { compose: { caption: 'a '.repeat(20_000), pins: [] } }],
    ['negative prompt', { settings: { ...defaultSettings, negativePrompt: 'x'.repeat(20_001) } }],
    [
      'list of pins',
      {
        compose: {
          caption: 'a',
          pins: new Array(76).fill({ word: 0, anchor: '', hue: 0, subjects: [picture('a')] }) as [],
        },
      },
    ],
    [
      'list of pictures',
      {
        compose: {
          caption: 'a',
          pins: [{ word: 0, anchor: '', hue: 0, subjects: new Array(17).fill(picture('a')) as [] }],
        },
      },
    ],
    ['name', { model: { id: 'x', name: 'x'.repeat(300) } }],
  ])('is none where its %s is larger than one that a person makes', async (_, change) => {
    const read = (chunks: Recipe) =>
      recipeOfFile({ readPngText: () => Promise.resolve({ ok: true, value: pictureMetadata(chunks) }) }, new Blob());
    expect(await read(recipe([picture('a')]))).not.toBeNull();
    expect(await read(recipe([picture('a')], change))).toBeNull();
  });
});

it('all that a recipe has changed is taken back by one undo', async () => {
  const toy = { id: await keepSubject(new Blob(['toy'])), name: 'toy.pt', trigger: 'toy', vectors: 2, dimension: 8 };
  const other = { ...toy, id: 'other' };
  embeddingStore.setState({ embeddings: [other] });
  composeStore.setState({ caption: 'my own', pins: [], waiting: [] });
  const { putBack } = await applyRecipe(engine, recipe([], { embeddings: [toy] }));
  expect(embeddingStore.getState().embeddings.map(({ trigger }) => trigger)).toEqual(['toy-2', 'toy']);
  putBack?.();
  expect(embeddingStore.getState().embeddings).toEqual([other]);
  expect(composeStore.getState().caption).toBe('my own');
  expect(settingsStore.getState().negativePrompt).toBe('');
});
