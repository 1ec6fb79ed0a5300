import { beforeEach, describe, expect, it, vi } from 'vitest';
import { insertPngFiles, readPngFiles } from '../../../workers/png/png-files.ts';
import { insertPngText } from '../../../workers/png/png-text.ts';
import { formatsBytes } from '../../../workers/testing/reference/formats-reference.ts';
import type { PinnedPicture, PinnedSubject } from '../compose/pins/pins.ts';
import { composeStore } from '../compose/draft/compose-store.ts';
import { followPins } from '../compose/library/follow-pins.ts';
import { libraryStore, openLibrary } from '../compose/library/library-store.ts';
import { keepSubject, openSubjects, subjectBlob } from '../compose/pins/subject-library.ts';
import { MemoryStore } from '../../storage/keyed-store.ts';
import { carryStore } from '../settings/carry-store.ts';
import { defaultSettings } from '../settings/settings.ts';
import { carriable, carriedIn, withoutPinned, withPinned } from './carried.ts';
import { carryQuestionStore, mayCarry } from './carry-question.ts';
import { bytesOf, pngEngine as engine } from '../../../workers/testing/files/png-engine.ts';
import { pictureMetadata } from './metadata.ts';
import type { Recipe } from './picture-record.ts';
import { applyForeignRecipe, recipeOfFile } from './reuse.ts';

followPins();
vi.stubGlobal('fetch', () => Promise.resolve(new Response('', { status: 404 })));

const plain = await formatsBytes('png/plain.png');
const region = { x: -4, y: 2, size: 30 };

const picture = (id: string, change: Partial<PinnedPicture> = {}): PinnedPicture => ({
  kind: 'picture',
  id,
  name: 'x.png',
  width: 40,
  height: 20,
  region: { x: 0, y: 0, size: 9 },
  sample: null,
  ...change,
});

const recipe = (...subjects: readonly PinnedSubject[]): Recipe => ({
  compose: { caption: 'a dog', pins: [{ word: 1, anchor: 'dog', hue: 0, subjects: [...subjects] }] },
  embeddings: [],
  settings: defaultSettings,
  guidanceMoved: false,
  model: { id: 'x', name: 'x' },
});

async function written(its: Recipe): Promise<Blob> {
  const bare = new Blob([insertPngText(plain, pictureMetadata(its))]);
  const { png, left } = await withPinned(engine, bare, its);
  expect(left).toEqual([]);
  return png;
}

/** Opens a file in a browser that has nothing of it. @param change is made to the file before */
async function openElsewhere(png: Blob, change: (files: Uint8Array[]) => Uint8Array[] = (files) => files) {
  const store = new MemoryStore();
  openSubjects(store);
  await openLibrary(store);
  composeStore.setState({ caption: '', pins: [], waiting: [] });
  const bytes = await bytesOf(png);
  const given = new Blob([insertPngFiles(bytes, change([...readPngFiles(bytes)]))]);
  const read = await recipeOfFile(engine, given);
  if (read === null) throw new Error('no recipe');
  const applied = await applyForeignRecipe(engine, read, await carriedIn(engine, given));
  const subjects = composeStore.getState().pins.flatMap((pin) => pin.subjects);
  const textOf = async (id: string) => (await subjectBlob(id))?.text();
  return { ...applied, subjects, textOf };
}

describe('a PNG with its pinned pictures', () => {
  it('opens with them in a browser that never saw them, and one undo takes them away', async () => {
    const [image, mask] = [await keepSubject(new Blob(['a dog'])), await keepSubject(new Blob(['a mask']))];
    const cutOut = { mask, backdrop: 'grey', region, isOn: true } as const;
    const png = await written(recipe(picture(image, { cutOut }), picture(image, { name: 'y.png' })));
    const { subjects, missing, brought, textOf, putBack } = await openElsewhere(png);
    expect([missing, brought]).toEqual([[], 2]);
    expect(subjects).toMatchObject([
      { name: 'x.png', width: 40, height: 20, cutOut: { backdrop: 'grey', region, isOn: true } },
      { name: 'y.png', region: { x: 10, y: 0, size: 20 } },
    ]);
    const [cut] = subjects;
    expect(await textOf(cut?.id ?? '')).toBe('a small a dog');
    expect(cut?.kind === 'picture' && (await textOf(cut.cutOut?.mask ?? ''))).toBe('a small a mask');
    expect(libraryStore.getState().entries).toHaveLength(1);
    putBack?.();
    expect(composeStore.getState().pins).toEqual([]);
    expect(libraryStore.getState().entries).toEqual([]);
  });

  it('is opened with the whole pictures where they are here', async () => {
    const image = await keepSubject(new Blob(['a dog']));
    const png = await written(recipe(picture(image)));
    const read = await recipeOfFile(engine, png);
    if (read === null) throw new Error('no recipe');
    const { brought, missing } = await applyForeignRecipe(engine, read, await carriedIn(engine, png));
    expect([brought, missing]).toEqual([0, []]);
  });

  it('of which the pictures were taken out, or others put in, names what is missing', async () => {
    const image = await keepSubject(new Blob(['a dog']));
    const png = await written(recipe(picture(image)));
    for (const change of [() => [], () => [Buffer.from('no picture')], () => [Buffer.from('a cat')]]) {
      const { subjects, missing } = await openElsewhere(png, change);
      expect([subjects, missing]).toEqual([[], ['x.png']]);
    }
  });

  it('whose mask is none, or lies beyond the picture, opens with the picture as it is', async () => {
    const [image, mask] = [await keepSubject(new Blob(['a dog'])), await keepSubject(new Blob(['a mask']))];
    const cutOut = { mask, backdrop: 'grey', region, isOn: true } as const;
    const far = { ...cutOut, region: { x: 99, y: 0, size: 30 } };
    const pngs = [
      await written(recipe(picture(image, { cutOut }))),
      await written(recipe(picture(image, { cutOut: far }))),
    ];
    const one = await openElsewhere(pngs[0] ?? new Blob(), (files) => files.slice(0, 1));
    const two = await openElsewhere(pngs[1] ?? new Blob());
    for (const { subjects, missing } of [one, two]) {
      expect(subjects).toMatchObject([{ name: 'x.png' }]);
      expect(subjects[0]).not.toHaveProperty('cutOut');
      expect(missing).toEqual(['the cut-out of x.png']);
    }
  });

  it.each(['[{"pin":0}]', '{"version":1,"data":[{"pin":-1}]}', '{"version":9,"data":[]}', 'x', 'null'])(
    'with the list %s of them opens as one without',
    async (text) => {
      const image = await keepSubject(new Blob(['a dog']));
      const png = await written(recipe(picture(image)));
      const bent = new Blob([insertPngText(await bytesOf(png), [{ keyword: 'pinword-subjects', text }])]);
      expect((await openElsewhere(bent)).missing).toEqual(['x.png']);
    },
  );

  it('loses them where it goes on without', async () => {
    const image = await keepSubject(new Blob(['a dog']));
    const bare = await withoutPinned(engine, await written(recipe(picture(image))));
    if (bare === null) throw new Error('no file');
    expect(readPngFiles(await bytesOf(bare))).toEqual([]);
    expect((await openElsewhere(bare)).missing).toEqual(['x.png']);
  });

  it('leaves out samples as they are, embeddings, and what is gone, which it names', async () => {
    const [image, mask] = [await keepSubject(new Blob(['a dog'])), await keepSubject(new Blob(['a mask']))];
    const cutOut = { mask, backdrop: 'grey', region, isOn: true } as const;
    const subjects: readonly PinnedSubject[] = [
      picture('s', { sample: 'dog.png' }),
      { kind: 'embedding', id: 'e', name: 'e.pt', vectors: 1 },
      picture('gone', { name: 'gone.png' }),
      picture(image, { name: 'cut sample', sample: 'dog.png', cutOut }),
    ];
    expect(carriable(recipe(...subjects)).map(({ name }) => name)).toEqual(['gone.png', 'cut sample']);
    const { png, left } = await withPinned(engine, new Blob([plain]), recipe(...subjects));
    expect(left).toEqual(['gone.png']);
    expect(readPngFiles(await bytesOf(png))).toHaveLength(2);
  });
});

describe('the question whether files carry pinned pictures', () => {
  beforeEach(() => {
    carryStore.setState({ carries: null });
  });

  const own = recipe(picture('a'), picture('a'), picture('b'));

  it('is asked once, with each picture once, and remembered', async () => {
    const asked = mayCarry([own, own]);
    const question = carryQuestionStore.getState().asked;
    expect(question?.pictures.map(({ id }) => id)).toEqual(['a', 'b']);
    question?.answer(true);
    expect(await asked).toBe(true);
    expect(await mayCarry([own])).toBe(true);
    expect(carryQuestionStore.getState().asked).toBeNull();
  });

  it('is asked again where it was put off', async () => {
    const asked = mayCarry([own]);
    carryQuestionStore.getState().asked?.answer(null);
    expect(await asked).toBeNull();
    expect(carryStore.getState().carries).toBeNull();
  });

  it('is not asked where nothing of the person’s own is pinned', async () => {
    expect(await mayCarry([recipe(picture('s', { sample: 'dog.png' }))])).toBe(false);
    expect(carryQuestionStore.getState().asked).toBeNull();
  });
});
