import { defaultSettings } from '../settings/settings.ts';
import type { PictureRecord } from './picture-record.ts';

/** A picture as it is kept, for tests. */
export const testPicture: PictureRecord = {
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
    settings: { ...defaultSettings, seed: 7 },
    guidanceMoved: false,
    model: { id: 'm', name: 'Picture book' },
  },
};
