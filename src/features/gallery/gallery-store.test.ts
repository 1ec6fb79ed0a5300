import { beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryStore } from '../../storage/keyed-store.ts';
import { addPicture, galleryStore, openGallery, pictureUrl, removePicture } from './gallery-store.ts';
import type { PictureRecord } from './picture-record.ts';
import { testPicture } from './test-picture.ts';

const picture = (id: string, createdAt: number): PictureRecord => ({
  ...testPicture,
  id,
  createdAt,
  png: new Blob([id], { type: 'image/png' }),
});
const shown = () => galleryStore.getState().pictures.map(({ id }) => id);

let store: MemoryStore;

beforeEach(async () => {
  store = new MemoryStore();
  await openGallery(store);
  for (const [id, createdAt] of [
    ['old', 1],
    ['middle', 2],
    ['new', 3],
  ] as const)
    await addPicture(picture(id, createdAt));
});

/** What a page shows that is opened now. */
async function reopened(): Promise<readonly string[]> {
  await openGallery(store);
  return shown();
}

describe('a picture that is deleted', () => {
  it('is gone for good, also where the page is closed while it could still be undone', async () => {
    removePicture('middle');
    expect(shown()).toEqual(['new', 'old']);
    await vi.waitFor(async () => {
      expect(await store.keys('pictures')).toEqual(['old', 'new']);
    });
    expect(await reopened()).toEqual(['new', 'old']);
  });

  it('hands the stage to its neighbour', () => {
    galleryStore.setState({ selected: 'middle' });
    removePicture('middle');
    expect(galleryStore.getState().selected).toBe('old');
    removePicture('old');
    expect(galleryStore.getState().selected).toBe('new');
  });

  it('comes back to its place by undo, on the stage and in the store', async () => {
    const undo = removePicture('middle');
    expect(await undo()).toBe(true);
    expect(shown()).toEqual(['new', 'middle', 'old']);
    expect(galleryStore.getState().selected).toBe('middle');
    expect(await reopened()).toEqual(['new', 'middle', 'old']);
    expect(await galleryStore.getState().pictures[1]?.png.text()).toBe('middle');
  });

  it('comes back by undo with bytes of its own and another address, because those of before went with the entry', async () => {
    const [first] = galleryStore.getState().pictures;
    if (first === undefined) throw new Error('no picture');
    const before = pictureUrl(first);
    const undo = removePicture(first.id);
    await undo();
    const [back] = galleryStore.getState().pictures;
    expect(back?.png).not.toBe(first.png);
    expect(back?.png.type).toBe('image/png');
    expect(back === undefined ? before : pictureUrl(back)).not.toBe(before);
  });

  it('says so where undo cannot store it again', async () => {
    const undo = removePicture('new');
    store.put = () => Promise.reject(new Error('full'));
    expect(await undo()).toBe(false);
    expect(shown()).toEqual(['new', 'middle', 'old']);
  });
});
