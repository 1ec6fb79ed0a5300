import { beforeEach, expect, it, vi } from 'vitest';

import { pngEngine } from '../../../workers/testing/files/png-engine.ts';
import { toastStore } from '../../ui/toast.ts';
import { defaultSettings } from '../settings/settings.ts';
import { saveAllAsZip } from './folder/transfers.ts';
import { saveZip } from './gallery-zip.ts';
import { addPicture, galleryStore } from './gallery-store.ts';
import type { PictureRecord } from './picture-record.ts';

// The browser has no room for the zip.
vi.mock('client-zip', () => ({
  downloadZip: () => ({ blob: () => Promise.reject(new DOMException('', 'QuotaExceededError')) }),
}));
const saveFile = vi.hoisted(() => vi.fn());
vi.mock('../../ui/save-file.ts', () => ({ saveFile }));

const picture: PictureRecord = {
  id: '1',
  createdAt: 1,
  png: new Blob(['png'], { type: 'image/png' }),
  width: 8,
  height: 8,
  flagged: null,
  comparison: null,
  isStarred: false,
  recipe: {
    compose: { caption: 'a dog', pins: [] },
    embeddings: [],
    settings: defaultSettings,
    guidanceMoved: false,
    model: { id: 'm', name: 'm' },
  },
};

beforeEach(async () => {
  toastStore.setState({ toasts: [] });
  galleryStore.setState({ pictures: [] });
  await addPicture(picture);
});

it.each([
  ['of some', saveZip],
  ['of all', saveAllAsZip],
])(
  'a disk that is full while a zip %s is written is told, no half file is saved, and no picture is lost',
  async (_, save) => {
    await save(pngEngine, [picture]);
    expect(toastStore.getState().toasts.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^The zip could not be written: the disk may be full.*All of them are still here\.$/u),
    ]);
    expect(saveFile).not.toHaveBeenCalled();
    expect(galleryStore.getState().pictures).toEqual([picture]);
  },
);
