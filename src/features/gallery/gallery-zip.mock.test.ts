import { beforeEach, expect, it, vi } from 'vitest';

import { pngEngine } from '../../../workers/testing/files/png-engine.ts';
import { toastStore } from '../../ui/toast.ts';
import { saveAllAsZip } from './folder/transfers.ts';
import { saveZip } from './gallery-zip.ts';
import { addPicture, galleryStore } from './gallery-store.ts';
import { testPicture as picture } from './test-picture.ts';

// The browser has no room for the zip.
vi.mock('client-zip', () => ({
  downloadZip: () => ({ blob: () => Promise.reject(new DOMException('', 'QuotaExceededError')) }),
}));
const saveFile = vi.hoisted(() => vi.fn());
vi.mock('../../ui/save-file.ts', () => ({ saveFile }));

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
