import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../storage/keyed-store.ts';
import { changePicture, composeStore, pinSubject, setCaption, unpinWord } from '../draft/compose-store.ts';
import { squarePicture } from '../pins/pin-fixture.ts';
import type { PinnedPicture, PinnedSubject } from '../pins/pins.ts';
import { keepSubject, openSubjects } from '../pins/subject-library.ts';
import { followPins } from './follow-pins.ts';
import {
  forgetSubjects,
  gatherSubjects,
  idsOfLibrary,
  keepSmall,
  libraryEntry,
  libraryStore,
  openLibrary,
  rememberSubject,
  renameSubject,
} from './library-store.ts';
import { findSubjects, sortedFor } from './search.ts';
import { librarySheetStore, openLibrarySheet } from './sheet-store.ts';
import { libraryBytes, smallSubject } from './small-subject.ts';
import { isPinnedOn, pinEntry } from './use-again.ts';

const picture = (id: string, change: Partial<PinnedPicture> = {}): PinnedPicture =>
  squarePicture(id, { width: 40, height: 40, region: { x: 0, y: 0, size: 40 }, ...change });

const names = () => libraryStore.getState().entries.map(({ name }) => name);
const ids = () => libraryStore.getState().entries.map(({ id }) => id);
const pinned = (word: number) => composeStore.getState().pins.find((pin) => pin.word === word)?.subjects;

let store: MemoryStore;
let at = 0;
followPins(() => (at += 1));

beforeEach(async () => {
  composeStore.setState({ caption: 'a Dog, and a cat', pins: [], waiting: [] });
  store = new MemoryStore();
  openSubjects(store);
  await openLibrary(store);
});

describe('the subject library', () => {
  it('takes what is pinned, called as its word, the last first, and keeps it over a reload', async () => {
    pinSubject(1, picture('rex'));
    pinSubject(4, picture('tom'));
    unpinWord(1);
    expect(names()).toEqual(['cat', 'dog']);
    await openLibrary(store);
    expect(ids()).toEqual(['tom', 'rex']);
  });

  it('takes embeddings, and no samples, which come with the site', () => {
    pinSubject(1, { kind: 'embedding', id: 'e', name: 'toy.pt', vectors: 1 });
    pinSubject(4, picture('s', { sample: 'cat.png' }));
    expect(ids()).toEqual(['e']);
  });

  it('knows a subject as it was pinned last, and by its first name', () => {
    pinSubject(1, picture('rex'));
    const hue = composeStore.getState().pins[0]?.hue ?? 0;
    const region = { x: 5, y: 5, size: 10 };
    changePicture(hue, 'rex', (before) => ({ ...before, region }));
    pinSubject(4, { ...picture('rex'), region });
    expect(libraryStore.getState().entries).toMatchObject([{ name: 'dog', subject: { region } }]);
  });

  it('is left alone by typing, and by what was deleted while it is pinned', () => {
    pinSubject(1, picture('rex'));
    const { usedAt } = libraryEntry('rex') ?? {};
    setCaption('a Dog, and a cat at sea');
    expect(libraryEntry('rex')?.usedAt).toBe(usedAt);
    forgetSubjects(new Set(['rex']));
    setCaption('a Dog, and a cat at');
    expect(ids()).toEqual([]);
    expect(pinned(1)).toHaveLength(1);
  });

  it('gives names, deletes and puts back', async () => {
    for (const id of ['rex', 'tom']) rememberSubject({ subject: picture(id), word: 'dog', at: 1 });
    renameSubject('rex', '  Rex of the beach ');
    renameSubject('tom', '   ');
    renameSubject('nobody', 'x');
    expect(names()).toEqual(['Rex of the beach', 'dog']);
    const putBack = forgetSubjects(new Set(['rex']));
    await openLibrary(store);
    expect(names()).toEqual(['dog']);
    putBack();
    await openLibrary(store);
    expect(names()).toEqual(['Rex of the beach', 'dog']);
  });

  it('says whose bytes it needs: pictures, and masks that are switched off too', () => {
    const cutOut = { mask: 'mask', backdrop: 'grey', region: { x: 0, y: 0, size: 9 }, isOn: false } as const;
    rememberSubject({ subject: picture('rex', { cutOut }), word: 'dog', at: 1 });
    expect(idsOfLibrary()).toEqual(['rex', 'mask']);
  });

  it('says how much it takes, what two subjects share once', async () => {
    const id = await keepSubject(new Blob(['12345']));
    rememberSubject({ subject: picture(id), word: 'dog', at: 1 });
    rememberSubject({ subject: picture('gone'), word: 'dog', at: 1 });
    expect(await libraryBytes(libraryStore.getState().entries)).toBe(5);
  });
});

describe('what was pinned before there was a library', () => {
  it('is taken in once, where its bytes are still here', async () => {
    const rex = await keepSubject(new Blob(['rex']));
    const once = (id: string, time: number) => ({ subject: picture(id), word: 'dog', at: time });
    await gatherSubjects([once('gone', 1), once(rex, 2), once(rex, 3)]);
    expect(libraryStore.getState().entries).toMatchObject([{ id: rex, createdAt: 2, usedAt: 3 }]);
    forgetSubjects(new Set([rex]));
    await gatherSubjects([once(rex, 4)]);
    expect(ids()).toEqual([]);
  });
});

describe('finding subjects', () => {
  beforeEach(() => {
    const add = (id: string, word: string, time: number): void => {
      rememberSubject({ subject: picture(id), word, at: time });
    };
    add('holiday', 'dog', 1);
    add('tom', 'cat', 2);
    add('kitchen', 'Rex', 3);
  });

  it.each([
    ['', ['kitchen', 'tom', 'holiday']],
    ['DOG', ['holiday']],
    ['png kit', ['kitchen']],
    ['zebra', []],
  ])('for “%s” looks in names and in those of files', (query, expected) => {
    expect(findSubjects(libraryStore.getState().entries, query).map(({ id }) => id)).toEqual(expected);
  });

  it('for a word puts those first that are called like it', () => {
    expect(sortedFor(libraryStore.getState().entries, 'dog').map(({ id }) => id)).toEqual([
      'holiday',
      'kitchen',
      'tom',
    ]);
  });
});

describe('pinning again', () => {
  it('pins a subject as it was, in place of another, and a second press takes it away', async () => {
    const id = await keepSubject(new Blob(['rex']));
    rememberSubject({ subject: picture(id, { region: { x: 3, y: 3, size: 9 } }), word: 'dog', at: 1 });
    const entry = libraryEntry(id);
    if (entry === undefined) throw new Error('no entry');
    pinSubject(1, picture('other'));
    await pinEntry(entry, 1);
    expect(pinned(1)).toEqual([entry.subject]);
    expect(isPinnedOn(entry, 1)).toBe(true);
    await pinEntry(entry, 1);
    expect(pinned(1)).toBeUndefined();
  });

  it('without a word closes the sheet and leaves the subject waiting for one', async () => {
    const id = await keepSubject(new Blob(['rex']));
    rememberSubject({ subject: picture(id), word: 'dog', at: 1 });
    openLibrarySheet();
    const entry = libraryEntry(id);
    if (entry !== undefined) await pinEntry(entry, null);
    expect(librarySheetStore.getState().isOpen).toBe(false);
    expect(composeStore.getState().waiting).toMatchObject([{ pin: { subjects: [{ id }] } }]);
  });

  it('pins nothing whose file is gone', async () => {
    rememberSubject({ subject: picture('gone'), word: 'dog', at: 1 });
    const entry = libraryEntry('gone');
    if (entry !== undefined) await pinEntry(entry, 1);
    expect(pinned(1)).toBeUndefined();
  });
});

describe('the small picture of a subject', () => {
  const shrunk = {
    width: 20,
    height: 20,
    region: { x: 0, y: 0, size: 20 },
    image: { bytes: new Blob(['small']), hash: 'h' },
    mask: null,
  };

  it('is made once, and again when it is seen otherwise', async () => {
    let made = 0;
    const engine = {
      shrinkPicture: () => {
        made += 1;
        return Promise.resolve({ ok: true, value: shrunk } as const);
      },
    };
    const small = async (subject: PinnedSubject) => {
      rememberSubject({ subject, word: 'dog', at: 1 });
      const entry = libraryEntry(subject.id);
      return entry === undefined ? null : smallSubject(engine, entry);
    };
    const id = await keepSubject(new Blob(['rex']));
    expect(await small(picture(id))).toMatchObject({ width: 20, mask: null });
    await small(picture(id));
    expect(made).toBe(1);
    await small(picture(id, { region: { x: 1, y: 1, size: 9 } }));
    expect(made).toBe(2);
    expect(await small({ kind: 'embedding', id: 'e', name: 'e.pt', vectors: 1 })).toBeNull();
  });

  it('that comes after the subject has changed is not kept', () => {
    rememberSubject({ subject: picture('rex'), word: 'dog', at: 1 });
    const before = libraryEntry('rex');
    rememberSubject({ subject: picture('rex', { region: { x: 1, y: 1, size: 9 } }), word: 'dog', at: 2 });
    if (before !== undefined) keepSmall(before, { ...shrunk, image: shrunk.image.bytes });
    expect(libraryEntry('rex')).not.toHaveProperty('small');
  });
});
