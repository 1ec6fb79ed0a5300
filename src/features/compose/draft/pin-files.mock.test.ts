import { beforeEach, describe, expect, it, vi } from 'vitest';
import { toastStore } from '../../../ui/toast.ts';
import { addWaiting, composeStore, cropPicture, pinSubject, setCaption, setComposition } from './compose-store.ts';
import { intakeOf, intakeStore, pinFiles, unpin } from './pin-files.ts';
import { answerWord, askWordOf, askWordsOf, placingStore } from '../wells/placing.ts';
import type { PinnedPicture } from '../pins/pins.ts';

vi.mock('../../../engine-client/engine.ts', () => ({
  engine: {
    inspectImage: (file: File) =>
      Promise.resolve(
        file.name.endsWith('.png')
          ? { ok: true, value: { width: 64, height: 64 } }
          : { ok: false, error: { code: 'not-an-image', message: 'This file is not a picture.' } },
      ),
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
  composeStore.setState({ caption: '', pins: [], waiting: [] });
  toastStore.setState({ toasts: [] });
  setCaption('a dog');
});

it('files that cannot be pinned are refused by name', async () => {
  await pinFiles(1, [new File(['x'], 'one.jpg'), new File(['x'], 'two.jpg')]);
  expect(intakeOf(intakeStore.getState(), 1).problems).toEqual([
    'one.jpg: This file is not a picture.',
    'two.jpg: This file is not a picture.',
  ]);
});

describe('what is pinned on a word that has a pin', () => {
  it('takes its place and keeps its hue: a sample’s, and a person’s own picture’s', () => {
    pinSubject(1, picture('dog', 'dog.png'));
    const hue = composeStore.getState().pins[0]?.hue;
    for (const next of [picture('cat', 'cat.png'), picture('mine', null), picture('dog', 'dog.png')]) {
      pinSubject(1, next);
      expect(pinned()).toEqual([next.id]);
    }
    expect(composeStore.getState().pins[0]?.hue).toBe(hue);
  });

  it('is one more view where that is asked for, and keeps the crop of those that are there', () => {
    const region = { x: 8, y: 8, size: 16 };
    pinSubject(1, picture('mine', null));
    cropPicture(1, 'mine', region);
    pinSubject(1, picture('other', null), 'add');
    pinSubject(1, picture('mine', null), 'add');
    expect(composeStore.getState().pins[0]?.subjects).toMatchObject([{ id: 'mine', region }, { id: 'other' }]);
  });
});

describe('a picture of one’s own that is replaced', () => {
  it('can be had back', async () => {
    pinSubject(1, picture('mine', null));
    await pinFiles(1, [new File(['new'], 'new.png')]);
    expect(pinned()).toHaveLength(1);
    const [told] = toastStore.getState().toasts;
    expect(told?.message).toBe('“mine” was replaced on “dog”.');
    told?.action?.onClick();
    expect(pinned()).toEqual(['mine']);
  });

  it('is not, where the new file cannot be read', async () => {
    pinSubject(1, picture('mine', null));
    await pinFiles(1, [new File(['x'], 'broken.jpg')]);
    expect(pinned()).toEqual(['mine']);
  });

  it('is replaced by several that are taken together, which are averaged', async () => {
    pinSubject(1, picture('mine', 'sample.png'));
    await pinFiles(1, [new File(['1'], 'one.png'), new File(['2'], 'two.png')]);
    expect(composeStore.getState().pins[0]?.subjects.map(({ name }) => name)).toEqual(['one.png', 'two.png']);
  });
});

describe('a picture that is still being read', () => {
  it('does not come back where it was taken away meanwhile', async () => {
    pinSubject(1, picture('mine', null));
    const reading = pinFiles(1, [new File(['new'], 'new.png')]);
    unpin(1, 'mine');
    await reading;
    expect(composeStore.getState().pins).toEqual([]);
  });

  it('gives way to one that was chosen after it', async () => {
    const first = pinFiles(1, [new File(['slow'], 'first.png')]);
    await Promise.all([first, pinFiles(1, [new File(['fast'], 'second.png')])]);
    expect(composeStore.getState().pins[0]?.subjects.map(({ name }) => name)).toEqual(['second.png']);
  });

  it('waits for a word where its own has changed', async () => {
    const reading = pinFiles(1, [new File(['new'], 'new.png')]);
    setCaption('a big fish');
    await reading;
    expect(composeStore.getState().pins).toEqual([]);
    expect(composeStore.getState().waiting).toMatchObject([
      { pin: { anchor: 'dog', subjects: [{ name: 'new.png' }] } },
    ]);
  });
});

describe('the hues of pins', () => {
  const hues = () => composeStore.getState().pins.map(({ hue }) => hue);

  it('differ, also where one comes back after another was made', () => {
    setCaption('a dog and cat');
    pinSubject(1, picture('dog', null));
    setCaption('a and cat');
    pinSubject(2, picture('cat', null));
    setCaption('a dog and cat');
    expect(hues()).toHaveLength(2);
    expect(new Set(hues()).size).toBe(2);
  });

  it('differ in a composition whose own do not, or do not exist', () => {
    const on = (word: number, hue: number) => ({ word, hue, anchor: '', subjects: [picture(`p${word}`, null)] });
    setComposition({ caption: 'a b c d', pins: [on(0, 3), on(1, 3), on(2, 2 ** 40), on(3, 0)] });
    expect(new Set(hues()).size).toBe(4);
    expect(Math.max(...hues())).toBeLessThan(8);
  });
});

describe('pins without a word', () => {
  it('are those of a composition that point past its caption or share a word', () => {
    const on = (word: number, id: string) => ({ word, hue: 0, anchor: id, subjects: [picture(id, null)] });
    setComposition({ caption: 'a b', pins: [on(1, 'x'), on(1, 'y'), on(7, 'z')] });
    expect(pinned()).toEqual(['x']);
    expect(composeStore.getState().waiting.map(({ pin }) => pin.anchor)).toEqual(['y', 'z']);
  });

  it('are put on the word that is chosen, and what was there can be had back', () => {
    pinSubject(1, picture('mine', null));
    askWordOf(addWaiting([picture('new', null)]));
    answerWord({ kind: 'word', word: 1 });
    expect(pinned()).toEqual(['new']);
    expect(composeStore.getState().waiting).toEqual([]);
    toastStore.getState().toasts[0]?.action?.onClick();
    expect(pinned()).toEqual(['mine']);
  });

  it('ask one after the other where several pictures came together', async () => {
    expect(
      await askWordsOf([new File(['1'], 'one.png'), new File(['x'], 'bad.jpg'), new File(['2'], 'two.png')]),
    ).toEqual(['bad.jpg: This file is not a picture.']);
    answerWord({ kind: 'later' });
    answerWord({ kind: 'word', word: 0 });
    expect(placingStore.getState().question).toBeNull();
    expect(composeStore.getState().pins[0]?.subjects[0]?.name).toBe('two.png');
    expect(composeStore.getState().waiting[0]?.pin.subjects[0]?.name).toBe('one.png');
  });
});
