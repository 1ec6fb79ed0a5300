import { beforeEach, describe, expect, it, vi } from 'vitest';

import { readPngFiles } from '../../../../workers/png/png-files.ts';
import { insertPngText } from '../../../../workers/png/png-text.ts';
import { formatsBytes } from '../../../../workers/testing/reference/formats-reference.ts';
import { MemoryStore } from '../../../storage/keyed-store.ts';
import { composeStore } from '../../compose/draft/compose-store.ts';
import { libraryStore, openLibrary } from '../../compose/library/library-store.ts';
import type { PinnedPicture } from '../../compose/pins/pins.ts';
import { keepSubject, openSubjects, subjectBlob } from '../../compose/pins/subject-library.ts';
import { defaultSettings } from '../../settings/settings.ts';
import { carriedIn } from '../carried.ts';
import { bytesOf, pngEngine as engine } from '../../../../workers/testing/files/png-engine.ts';
import { addPicture, galleryStore, openGallery } from '../gallery-store.ts';
import { pictureMetadata } from '../metadata.ts';
import type { PictureRecord, Recipe } from '../picture-record.ts';
import { applyForeignRecipe } from '../reuse.ts';
import { control, MemoryFolder } from './memory-folder.ts';
import { readPictures } from './read-pictures.ts';
import { writePictures, zipWithIndex } from './write-pictures.ts';

vi.spyOn(URL, 'createObjectURL').mockReturnValue('blob:');
vi.stubGlobal('fetch', () => Promise.resolve(new Response('', { status: 404 })));

const plain = await formatsBytes('png/plain.png');
const name = 'pinword-a-dog-7.png';

/** A picture of a pinned dog, as it was made here. */
async function pinned(id = '1', seed = 7): Promise<PictureRecord> {
  const [dog, mask] = [await keepSubject(new Blob(['a dog'])), await keepSubject(new Blob(['a mask']))];
  const subject: PinnedPicture = {
    kind: 'picture',
    id: dog,
    name: 'x.png',
    width: 40,
    height: 20,
    region: { x: 0, y: 0, size: 9 },
    sample: null,
    cutOut: { mask, backdrop: 'grey', region: { x: -4, y: 2, size: 30 }, isOn: true },
  };
  const recipe: Recipe = {
    compose: { caption: 'a dog', pins: [{ word: 1, anchor: 'dog', hue: 0, subjects: [subject] }] },
    embeddings: [],
    settings: { ...defaultSettings, seed },
    guidanceMoved: false,
    model: { id: 'm', name: 'Picture book' },
  };
  const png = new Blob([insertPngText(plain, pictureMetadata(recipe))], { type: 'image/png' });
  return {
    id,
    createdAt: 1_000,
    png,
    width: 40,
    height: 20,
    flagged: null,
    comparison: null,
    isStarred: false,
    recipe,
  };
}

/** A browser that has nothing yet. */
async function elsewhere(): Promise<void> {
  const store = new MemoryStore();
  openSubjects(store);
  await openLibrary(store);
  await openGallery(store);
  composeStore.setState({ caption: '', pins: [], waiting: [] });
}

let folder: MemoryFolder;
const filesInside = async (): Promise<number> =>
  readPngFiles(await bytesOf(folder.files.get(name) ?? new Blob())).length;

beforeEach(async () => {
  folder = new MemoryFolder();
  await elsewhere();
});

describe('a folder with what is pinned on its pictures', () => {
  it('brings subjects with their cut-outs into a browser that never saw them', async () => {
    await writePictures(engine, [await pinned(), await pinned('2', 8)], folder, true, control());
    await elsewhere();
    expect(await readPictures(engine, folder.paths(), control())).toMatchObject({ added: 2, subjects: 1 });
    const [entry] = libraryStore.getState().entries;
    expect(entry).toMatchObject({ name: 'dog', usedAt: 1_000, subject: { cutOut: { backdrop: 'grey', isOn: true } } });
    expect(await (await subjectBlob(entry?.id ?? ''))?.text()).toBe('a small a dog');

    const [picture] = galleryStore.getState().pictures;
    if (picture === undefined) throw new Error('no picture');
    const { missing } = await applyForeignRecipe(engine, picture.recipe, await carriedIn(engine, picture.png));
    expect(missing).toEqual([]);
    expect(composeStore.getState().pins.flatMap(({ subjects }) => subjects.map(({ id }) => id))).toEqual([entry?.id]);
  });

  it('brings none that are here, and doubles no picture, with an index or without', async () => {
    const picture = await pinned();
    await addPicture(picture);
    await writePictures(engine, [picture], folder, true, control());
    expect(await readPictures(engine, folder.paths(), control())).toMatchObject({ added: 0, known: 1, subjects: 0 });
    folder.files.delete('pinword-gallery.json');
    expect(await readPictures(engine, folder.paths(), control())).toMatchObject({ added: 0, known: 1, subjects: 0 });
    expect(libraryStore.getState().entries).toEqual([]);
    expect(galleryStore.getState().pictures).toEqual([picture]);
  });

  it('is written anew in place where the wish changes, and only then', async () => {
    const picture = await pinned();
    await writePictures(engine, [picture], folder, false, control());
    expect(await filesInside()).toBe(0);
    await writePictures(engine, [picture], folder, true, control());
    expect(await filesInside()).toBe(2);
    folder.written.length = 0;
    await writePictures(engine, [picture], folder, true, control());
    expect(folder.written).toEqual(['pinword-gallery.json']);
    folder.files.delete('pinword-gallery.json');
    await writePictures(engine, [picture], folder, false, control());
    expect(await filesInside()).toBe(0);
    expect([...folder.files.keys()]).toEqual([name, 'pinword-gallery.json']);
  });

  it('keeps a file that someone has changed; the picture goes beside it', async () => {
    const picture = await pinned();
    await writePictures(engine, [picture], folder, false, control());
    const changed = insertPngText(await bytesOf(picture.png), [{ keyword: 'Comment', text: 'edited' }]);
    await folder.write(name, new Blob([changed]));
    await writePictures(engine, [picture], folder, true, control());
    expect(await bytesOf(folder.files.get(name) ?? new Blob())).toEqual(changed);
    expect([...folder.files.keys()]).toContain('pinword-a-dog-7-2.png');
  });

  it('names what could not be taken along', async () => {
    const picture = await pinned();
    await elsewhere();
    expect(await writePictures(engine, [picture], folder, true, control())).toMatchObject({
      present: 1,
      left: ['x.png'],
    });
  });
});

it('a zip carries what is pinned where that is wanted', async () => {
  const picture = await pinned();
  for (const [carries, count] of [
    [true, 2],
    [false, 0],
  ] as const) {
    const inside: number[] = [];
    for await (const { name: file, input } of zipWithIndex(engine, [picture], carries, [], control())) {
      if (file.endsWith('.png')) inside.push(readPngFiles(await bytesOf(input)).length);
    }
    expect(inside).toEqual([count]);
  }
});
