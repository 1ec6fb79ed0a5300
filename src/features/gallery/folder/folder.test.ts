import { beforeEach, describe, expect, it, vi } from 'vitest';

import type { PngText } from '../../../../workers/api.ts';
import { MemoryStore } from '../../../storage/keyed-store.ts';
import { galleryStore, openGallery } from '../gallery-store.ts';
import { pictureMetadata } from '../metadata.ts';
import type { PictureRecord } from '../picture-record.ts';
import { testPicture } from '../test-picture.ts';
import type { PngFiller } from '../save-pictures.ts';
import { readIndex } from './folder-index.ts';
import { pathFile, type Folder } from './folder.ts';
import { control, MemoryFolder } from './memory-folder.ts';
import { readPictures, type PictureReader } from './read-pictures.ts';
import type { Control } from './transfer-store.ts';
import { WriteFailed, writePictures as write, zipWithIndex } from './write-pictures.ts';

vi.spyOn(URL, 'createObjectURL').mockReturnValue('blob:');

/** A PNG is stood for by its text chunks, as JSON. */
function picture(id: string, caption: string, change: Partial<PictureRecord> = {}): PictureRecord {
  const recipe = { ...testPicture.recipe, compose: { caption, pins: [] } };
  return {
    ...testPicture,
    id,
    createdAt: Number(id),
    png: new Blob([JSON.stringify(pictureMetadata(recipe)), `pixels of ${id}`], { type: 'image/png' }),
    recipe,
    ...change,
  };
}

const engine: PictureReader & PngFiller = {
  inspectImage: () => Promise.resolve({ ok: true, value: { width: 8, height: 8, hash: 'h', upright: null } }),
  readPngText: async (png) => {
    const [text = ''] = (await png.text()).split('pixels of ');
    return text.startsWith('[')
      ? { ok: true, value: JSON.parse(text) as PngText[] }
      : { ok: false, error: { code: 'not-an-image', message: 'no picture' } };
  },
  fillPng: (png) => Promise.resolve({ ok: true, value: png }),
  readPngFiles: () => Promise.resolve({ ok: true, value: [] }),
  shrinkPicture: () => Promise.reject(new Error('not asked')),
  inspectEmbedding: () => Promise.reject(new Error('not asked')),
};

const writePictures = (pictures: readonly PictureRecord[], to: Folder, its: Control) =>
  write(engine, pictures, to, false, its);

const some = [
  picture('3', 'a dog', { isStarred: true, flagged: true }),
  picture('2', 'A dog!', { comparison: { id: 'c', axis: 'α', label: '0.5', index: 1, count: 5, row: null } }),
  picture('1', 'a dog 7'),
];
const kept = (pictures: readonly PictureRecord[]) =>
  pictures.map(({ id, createdAt, isStarred, flagged, comparison }) => ({
    id,
    createdAt,
    isStarred,
    flagged,
    comparison,
  }));

let store: MemoryStore;
let folder: MemoryFolder;

beforeEach(async () => {
  store = new MemoryStore();
  folder = new MemoryFolder();
  await openGallery(store);
});

describe('pictures that are saved to a folder', () => {
  it('have names of their own in any file system, and none leads out of the folder', async () => {
    const odd = [...some, picture('4', '../../etc/passwd'), picture('5', 'a/b\\c:d'), picture('6', '\ud83d')];
    await writePictures(odd, folder, control());
    expect(folder.written).toEqual([
      'pinword-a-dog-7.png',
      'pinword-a-dog-7-2.png',
      'pinword-a-dog-7-7.png',
      'pinword-etc-passwd-7.png',
      'pinword-a-b-c-d-7.png',
      'pinword-7.png',
      'pinword-gallery.json',
    ]);
    const alike = [picture('1', 'a dog'), picture('2', 'A dog'), picture('3', 'a dog 7 2')];
    const zipped: string[] = [];
    for await (const { name } of zipWithIndex(engine, alike, false, [], control())) zipped.push(name);
    expect(zipped).toEqual([
      'pinword-a-dog-7.png',
      'pinword-a-dog-7-2.png',
      'pinword-a-dog-7-2-7.png',
      'pinword-gallery.json',
    ]);
  });

  it('are not written again, only what is new; stars are those of now', async () => {
    await writePictures(some.slice(1), folder, control());
    folder.written.length = 0;
    await writePictures(
      some.map((each) => ({ ...each, isStarred: true })),
      folder,
      control(),
    );
    expect(folder.written).toEqual(['pinword-a-dog-7-2.png', 'pinword-gallery.json']);
    const index = (await readIndex((await folder.read('pinword-gallery.json')) ?? new Blob())) ?? [];
    expect(index.map(({ isStarred }) => isStarred)).toEqual([true, true, true]);
  });

  it('leave alone what lies there, an index that cannot be read among it', async () => {
    await folder.write('pinword-a-dog-7.png', new Blob(['a photo']));
    await folder.write('pinword-gallery.json', new Blob(['{"version": 99, "data": {}}']));
    await writePictures(some.slice(0, 1), folder, control());
    expect(await folder.files.get('pinword-a-dog-7.png')?.text()).toBe('a photo');
    expect(await folder.files.get('pinword-gallery.json')?.text()).toContain('99');
    expect(folder.written.slice(2)).toEqual(['pinword-a-dog-7-2.png', 'pinword-gallery-2.json']);
  });

  it('stay named where the disk is full or the permission is withdrawn in the middle, and the next time goes on', async () => {
    await writePictures(some.slice(0, 1), folder, control());
    folder.failWith = new DOMException('full', 'QuotaExceededError');
    const failed = await writePictures(some, folder, control()).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(WriteFailed);
    expect(failed).toMatchObject({ written: { present: 1 }, cause: { name: 'QuotaExceededError' } });
    folder.failWith = null;
    expect(await writePictures(some, folder, control())).toEqual({ present: 3, unreadable: [], left: [] });
    expect(folder.files.size).toBe(4);
  });

  it('are found again by their bytes where the index was never written', async () => {
    await writePictures(some, folder, control());
    folder.files.delete('pinword-gallery.json');
    folder.written.length = 0;
    await writePictures(some.slice(0, 1), folder, control());
    expect(folder.written).toEqual(['pinword-gallery.json']);
  });

  it('are passed over and named where the browser no longer has their bytes', async () => {
    const gone = picture('9', 'a ghost');
    Object.assign(gone.png, { arrayBuffer: () => Promise.reject(new DOMException('gone', 'NotReadableError')) });
    expect(await writePictures([gone, ...some], folder, control())).toMatchObject({
      present: 3,
      unreadable: ['a ghost'],
    });
  });

  it('can be stopped', async () => {
    const controller = new AbortController();
    const onProgress = (done: number): void => {
      if (done === 2) controller.abort();
    };
    const stopped = writePictures(some, folder, { signal: controller.signal, onProgress });
    await expect(stopped).rejects.toMatchObject({ written: { present: 2 }, cause: { name: 'AbortError' } });
    expect(folder.written).toEqual(['pinword-a-dog-7.png', 'pinword-a-dog-7-2.png', 'pinword-gallery.json']);
  });
});

describe('a folder that is taken in', () => {
  it('brings pictures back as they were, and those that are here are not doubled', async () => {
    await writePictures(some, folder, control());
    expect(await readPictures(engine, folder.paths(), control())).toMatchObject({ added: 3, known: 0, end: null });
    expect(kept(galleryStore.getState().pictures)).toEqual(kept(some));
    expect(await readPictures(engine, folder.paths(), control())).toMatchObject({ added: 0, known: 3 });
    await openGallery(store);
    expect(kept(galleryStore.getState().pictures)).toEqual(kept(some));
    expect(galleryStore.getState().pictures.every(({ isForeign }) => isForeign)).toBe(true);
  });

  it('knows pictures without an index by their bytes, also among themselves', async () => {
    await writePictures(some.slice(0, 1), folder, control());
    const file = (await folder.paths()[0]?.read()) ?? new File([], '');
    const twice = ['a.png', 'deep/b.png'].map((path) => pathFile(path, file));
    expect(await readPictures(engine, twice, control())).toMatchObject({ added: 1, known: 1 });
    expect(galleryStore.getState().pictures).toMatchObject([{ createdAt: 5, isStarred: false }]);
  });

  it('takes no picture for another because of its id', async () => {
    await writePictures([picture('1', 'a cat')], folder, control());
    await readPictures(engine, folder.paths(), control());
    const other = new MemoryFolder();
    await writePictures([picture('1', 'a dog')], other, control());
    expect(await readPictures(engine, other.paths(), control())).toMatchObject({ added: 1 });
    expect(new Set(galleryStore.getState().pictures.map(({ id }) => id)).size).toBe(2);
  });

  it('leaves out what is no picture of ours, and an index with nonsense in it', async () => {
    await writePictures(some, folder, control());
    await folder.write('photo.png', new Blob(['a photo']));
    const entries = [{ file: 'pinword-a-dog-7.png', id: 5 }, null, { file: '../secret', id: 'x', createdAt: 1 }];
    const nonsense = JSON.stringify({ version: 1, data: { pictures: entries } });
    await folder.write('pinword-gallery.json', new Blob([nonsense]));
    const outcome = await readPictures(engine, folder.paths(), control());
    expect(outcome).toMatchObject({ added: 3, leftOut: ['photo.png'] });
    expect(galleryStore.getState().pictures.map(({ createdAt }) => createdAt)).toEqual([5, 5, 5]);
  });

  it('ends where the browser keeps no more; what was kept stays, and the next time goes on', async () => {
    await writePictures(some, folder, control());
    const put = store.put.bind(store);
    let room = 2;
    store.put = (...entry) => (room-- > 0 ? put(...entry) : Promise.reject(new DOMException('', 'QuotaExceededError')));
    expect(await readPictures(engine, folder.paths(), control())).toMatchObject({ added: 2, end: 'full' });
    expect(galleryStore.getState().pictures).toHaveLength(2);
    store.put = put;
    expect(await readPictures(engine, folder.paths(), control())).toMatchObject({ added: 1, known: 2, end: null });
  });

  it('can be stopped; what was read stays', async () => {
    await writePictures(some, folder, control());
    const controller = new AbortController();
    const onProgress = (done: number): void => {
      if (done === 1) controller.abort();
    };
    const outcome = await readPictures(engine, folder.paths(), { signal: controller.signal, onProgress });
    expect(outcome).toMatchObject({ added: 1, end: 'stopped' });
    expect(await store.keys('pictures')).toHaveLength(1);
  });
});
