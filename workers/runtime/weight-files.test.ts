import { describe, expect, it } from 'vitest';

import { removedFile } from '../testing/files/removed-file.ts';
import type { Ort } from './onnx-runtime.ts';
import { openSession } from './sessions.ts';
import { weightBytes } from './weight-files.ts';

const failing = { InferenceSession: { create: () => Promise.reject(new Error('no such data')) } } as unknown as Ort;
const open = (data: Blob | Uint8Array) =>
  openSession({ ort: failing, gpu: null }, new Uint8Array(), [{ path: 'weights', data }]);

describe('files of a model that are gone', () => {
  it('are said where a session was to be opened on them, and where they are read', async () => {
    const gone = { code: 'stored-files-gone' };
    await expect(open(removedFile())).rejects.toMatchObject(gone);
    await expect(weightBytes({ data: removedFile() }, 0, 1)).rejects.toMatchObject(gone);
  });

  it('are not the reason where a session fails on files that are there', async () => {
    for (const data of [new Blob(['weights']), Uint8Array.of(1, 2)])
      await expect(open(data)).rejects.toMatchObject({ code: 'internal' });
  });

  it('are read as they are while they are there', async () => {
    const bytes = Uint8Array.of(3, 4, 5, 6);
    for (const data of [new Blob([bytes]), bytes]) expect([...(await weightBytes({ data }, 1, 3))]).toEqual([4, 5]);
  });
});
