import { beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryStore } from '../../storage/keyed-store.ts';
import { galleryStore, openGallery, removePictures, starPicture } from './gallery-store.ts';
import { zipEntries } from './gallery-zip.ts';
import type { PictureRecord } from './picture-record.ts';
import { findPictures, prepareSearch } from './search.ts';
import { openSheet, select, sheetStore, toggleSelected } from './sheet-store.ts';
import { testPicture } from './test-picture.ts';

vi.spyOn(URL, 'createObjectURL').mockReturnValue('blob:');

function picture(number: number, caption: string, change: Partial<PictureRecord> = {}): PictureRecord {
  const { recipe } = testPicture;
  const settings = { ...recipe.settings, seed: number, scheduler: 'euler', negativePrompt: 'rain' } as const;
  return {
    ...testPicture,
    id: String(number),
    createdAt: number,
    recipe: { ...recipe, compose: { caption, pins: [] }, settings },
    ...change,
  };
}

const some = [picture(3, 'a (dog:1.2) on the beach'), picture(2, 'a cat', { isStarred: true }), picture(1, 'A Dog')];
const ids = (pictures: readonly PictureRecord[]) => pictures.map(({ id }) => id);

describe('the search', () => {
  it.each([
    ['', ['3', '2', '1']],
    ['dog', ['3', '1']],
    ['DOG beach', ['3']],
    ['seed 2', ['2']],
    ['euler rain book', ['3', '2', '1']],
    ['1.2', []],
    ['zebra', []],
  ])('for “%s” looks in captions and settings', (query, expected) => {
    expect(ids(findPictures(some, { query, areStarred: false }))).toEqual(expected);
  });

  it('can be for starred pictures alone', () => {
    expect(ids(findPictures(some, { query: '', areStarred: true }))).toEqual(['2']);
  });

  it('is made ready in pieces, and no further than it is wanted', async () => {
    const many = Array.from({ length: 250 }, (_, index) => picture(index, 'a dog'));
    let asked = 0;
    await prepareSearch(many, () => {
      asked += 1;
      return asked === 2;
    });
    expect(asked).toBe(2);
    expect(findPictures(many, { query: 'dog 249', areStarred: false })).toHaveLength(1);
  });

  it('looks through a thousand pictures in no time that one notices', () => {
    const many = Array.from({ length: 1000 }, (_, index) => picture(index, index % 10 === 0 ? 'a dog' : 'a cat'));
    expect(findPictures(many, { query: 'dog', areStarred: false })).toHaveLength(100);
  });
});

describe('many pictures at once', () => {
  let store: MemoryStore;

  beforeEach(async () => {
    store = new MemoryStore();
    for (const each of some) await store.put('pictures', each.id, { version: 2, data: each });
    await openGallery(store);
  });

  it('are deleted and put back together, in their order', async () => {
    const undo = removePictures(new Set(['3', '1']));
    expect(ids(galleryStore.getState().pictures)).toEqual(['2']);
    expect(galleryStore.getState().selected).toBe('2');
    expect(await undo()).toBe(true);
    expect(ids(galleryStore.getState().pictures)).toEqual(['3', '2', '1']);
    expect((await store.keys('pictures')).toSorted()).toEqual(['1', '2', '3']);
  });

  it('keep their star over a reload', async () => {
    await starPicture('3', true);
    await openGallery(store);
    expect(galleryStore.getState().pictures.map(({ isStarred }) => isStarred)).toEqual([true, true, false]);
  });

  it('have names of their own in a zip', () => {
    expect(
      zipEntries([picture(1, 'a dog'), picture(1, 'A dog!'), picture(2, 'a dog')]).map(({ name }) => name),
    ).toEqual(['pinword-a-dog-1.png', 'pinword-a-dog-1-2.png', 'pinword-a-dog-2.png']);
  });
});

it('the selection goes when the sheet is closed', () => {
  openSheet(true);
  toggleSelected('1');
  toggleSelected('2');
  toggleSelected('1');
  expect([...sheetStore.getState().selection]).toEqual(['2']);
  select(['1', '3']);
  openSheet(false);
  expect(sheetStore.getState().selection.size).toBe(0);
});
