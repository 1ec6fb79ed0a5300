import { beforeEach, describe, expect, it, vi } from 'vitest';
import { composeStore, cropPicture, pinSubject, setCaption } from './compose-store.ts';
import { intakeOf, intakeStore, pinFiles } from './pin-files.ts';
import type { PinnedPicture } from './pins.ts';

vi.mock('../../engine-client/engine.ts', () => ({
  engine: {
    inspectImage: () =>
      Promise.resolve({ ok: false, error: { code: 'not-an-image', message: 'This file is not a picture.' } }),
  },
}));

const picture = (id: string, sample: string | null): PinnedPicture => ({
  kind: 'picture',
  id,
  name: id,
  width: 64,
  height: 64,
  sample,
  region: { x: 0, y: 0, size: 64 },
});
const pinned = () => composeStore.getState().pins[0]?.subjects.map(({ id }) => id);

beforeEach(() => {
  composeStore.setState({ caption: '', pins: [], parked: [] });
  setCaption('a dog');
});

it('files that cannot be pinned are refused by name', async () => {
  await pinFiles(1, [new File(['x'], 'one.jpg'), new File(['x'], 'two.jpg')]);
  expect(intakeOf(intakeStore.getState(), 1).problems).toEqual([
    'one.jpg: This file is not a picture.',
    'two.jpg: This file is not a picture.',
  ]);
});

describe('a sample', () => {
  it('takes the place of a sole other sample, and keeps its hue', () => {
    pinSubject(1, picture('dog', 'dog.png'));
    const hue = composeStore.getState().pins[0]?.hue;
    pinSubject(1, picture('cat', 'cat.png'));
    expect(pinned()).toEqual(['cat']);
    expect(composeStore.getState().pins[0]?.hue).toBe(hue);
  });

  it('is added to a picture of one’s own', () => {
    pinSubject(1, picture('mine', null));
    pinSubject(1, picture('cat', 'cat.png'));
    pinSubject(1, picture('dog', 'dog.png'));
    expect(pinned()).toEqual(['mine', 'cat', 'dog']);
  });
});

it('what is pinned again keeps its place and its crop', () => {
  const region = { x: 8, y: 8, size: 16 };
  pinSubject(1, picture('mine', null));
  cropPicture(1, 'mine', region);
  pinSubject(1, picture('other', null));
  pinSubject(1, picture('mine', null));
  expect(composeStore.getState().pins[0]?.subjects).toMatchObject([{ id: 'mine', region }, { id: 'other' }]);
});
