import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { EngineApi, Result } from '../../../../workers/api.ts';
import { toastStore } from '../../../ui/toast.ts';
import { summary } from '../../models/loading/load-fixture.ts';
import { engineStore } from '../../models/loading/engine-store.ts';
import { firstChoice } from '../../models/choice/model-choice.ts';
import { composeStore, pinSubject, setCaption, setComposition, setLook } from '../draft/compose-store.ts';
import type { PinnedPicture } from '../pins/pins.ts';
import { askWordsOf } from './placing.ts';
import { keepSubject } from '../pins/subject-library.ts';
import {
  emptyWell,
  fillWell,
  isOpen,
  nameSubject,
  pinsInWells,
  sayInWell,
  shownInWells,
  wellsStore,
} from './wells-store.ts';

const { scoreCaptions } = vi.hoisted(() => ({ scoreCaptions: vi.fn<EngineApi['scoreCaptions']>() }));
vi.mock('../../../engine-client/engine.ts', () => ({
  engine: { inspectImage: () => Promise.resolve({ ok: true, value: { width: 64, height: 64 } }), scoreCaptions },
}));
vi.stubGlobal('fetch', (url: string) => Promise.resolve(new Response(readFileSync(`public${url}`))));

const picture = (name: string): PinnedPicture => ({
  kind: 'picture',
  id: name,
  name,
  width: 64,
  height: 64,
  sample: null,
  region: { x: 0, y: 0, size: 64 },
});

const take = (name: string) => ({
  name,
  read: (): Promise<Result<PinnedPicture>> => Promise.resolve({ ok: true, value: picture(name) }),
});
const broken = {
  name: 'x.txt',
  read: (): Promise<Result<PinnedPicture>> =>
    Promise.resolve({ ok: false, error: { code: 'not-an-image', message: 'This file is not a picture.' } }),
};

const caption = (): string => composeStore.getState().caption;
const pinned = (): readonly string[] =>
  composeStore
    .getState()
    .pins.map(({ word, anchor, look, subjects }) =>
      [word, anchor, look?.role ?? 'subject', ...subjects.map(({ name }) => name)].join(' '),
    );
const open = (): boolean => isOpen(wellsStore.getState(), caption());
const undo = (): void => {
  toastStore.getState().toasts.at(-1)?.action?.onClick();
};

const hub = { kind: 'hub', repo: 'owner/sd', revision: 'main', endpoint: 'https://huggingface.co' } as const;
const book = { model: { kind: 'ready', summary } as const, choice: firstChoice };

beforeEach(async () => {
  wellsStore.setState({ written: null, noun: '', shown: {}, reading: null, problems: {} });
  setComposition({ caption: '', pins: [] });
  engineStore.setState({ ...book, choice: { ...firstChoice, source: hub } });
  for (const name of ['beach', 'any']) await keepSubject(new Blob([name]), `${name}.png`);
});

describe('pictures in the wells', () => {
  it('write the caption and the pins, each with what it takes over', async () => {
    await fillWell('how', [take('ink.png')]);
    expect([caption(), ...pinned()]).toEqual(['a picture in this style', '4 style style ink.png']);
    await fillWell('what', [take('my dog.png'), take('my dog 2.png')]);
    await fillWell('where', [take('beach.png')]);
    expect([caption(), ...pinned()]).toEqual([
      'a dog in this place in this style',
      '1 dog subject my dog.png my dog 2.png',
      '4 place composition beach.png',
      '7 style style ink.png',
    ]);
    expect(new Set(composeStore.getState().pins.map(({ hue }) => hue)).size).toBe(3);
    expect(open()).toBe(true);
  });

  it('stand where they are when the subject is named, and when another one is taken', async () => {
    await fillWell('what', [take('IMG_1.png')]);
    await fillWell('how', [take('ink.png')]);
    expect(caption()).toBe('a subject in this style');
    nameSubject('old house');
    setLook(2, { strength: 0.5 });
    expect([caption(), ...pinned()]).toEqual([
      'an old house in this style',
      '2 house subject IMG_1.png',
      '5 style style ink.png',
    ]);
    await fillWell('what', [take('cat.png')]);
    expect(pinned()).toEqual(['1 cat subject cat.png', '4 style style ink.png']);
    expect(composeStore.getState().pins[0]?.look?.strength).toBe(0.5);
  });

  it('are taken out, and had back', async () => {
    await fillWell('what', [take('dog.png')]);
    await fillWell('how', [take('ink.png')]);
    emptyWell('what');
    expect([caption(), ...pinned()]).toEqual(['a picture in this style', '4 style style ink.png']);
    undo();
    expect([caption(), ...pinned()]).toEqual(['a dog in this style', '1 dog subject dog.png', '4 style style ink.png']);
    expect([...pinsInWells(wellsStore.getState(), composeStore.getState()).keys()]).toEqual(['what', 'how']);
    emptyWell('what');
    emptyWell('how');
    expect([caption(), open(), pinned().length]).toEqual(['', true, 0]);
  });

  it('are put back to what was there before, by Undo', async () => {
    await fillWell('what', [take('dog.png')]);
    undo();
    expect([caption(), pinned(), wellsStore.getState().written]).toEqual(['', [], null]);
  });
});

/** The encoders find the caption nearest that ends in these words. */
function showing(words: string): void {
  scoreCaptions.mockImplementation(({ pictures, captions }) =>
    Promise.resolve({
      ok: true,
      value: pictures.map(() => captions.map((caption) => Number(caption.endsWith(words)))),
    }),
  );
}

describe('pictures in the wells of the picture book', () => {
  beforeEach(() => {
    engineStore.setState(book);
  });

  it('say place and time in words, and pin the subject alone', async () => {
    showing('a picture on the beach at night');
    await fillWell('where', [take('beach.png')]);
    expect(caption()).toBe('a picture on the beach');
    await fillWell('how', [take('beach.png')]);
    await fillWell('what', [take('my dog.png')]);
    expect([caption(), ...pinned()]).toEqual(['a dog on the beach at night', '1 dog subject my dog.png']);
    nameSubject('cat');
    sayInWell('where', 'in the forest');
    sayInWell('how', '');
    expect([caption(), ...pinned()]).toEqual(['a cat in the forest', '1 cat subject my dog.png']);
    emptyWell('where');
    expect([caption(), Object.keys(shownInWells(wellsStore.getState(), caption()))]).toEqual(['a cat', ['how']]);
    undo();
    expect(caption()).toBe('a cat in the forest');
  });

  it('name a subject whose file does not', async () => {
    showing('a house');
    await fillWell('what', [take('any.png')]);
    expect([caption(), ...pinned()]).toEqual(['a house', '1 house subject any.png']);
  });

  it('stay where nothing looks at them, and the person says what they show', async () => {
    scoreCaptions.mockResolvedValue({ ok: false, error: { code: 'busy', message: 'Another picture is being made.' } });
    await fillWell('where', [take('beach.png')]);
    expect(wellsStore.getState().problems.where).toEqual([
      'The model did not look at this picture. Choose below what it shows. Another picture is being made.',
    ]);
    expect([caption(), open()]).toEqual(['', true]);
    sayInWell('where', 'on the moon');
    expect(caption()).toBe('a picture on the moon');
  });

  it('are forgotten with a caption that somebody changed', async () => {
    showing('a picture on the beach');
    await fillWell('where', [take('beach.png')]);
    setCaption('');
    expect(shownInWells(wellsStore.getState(), caption())).toEqual({});
    await fillWell('what', [take('dog.png')]);
    expect(caption()).toBe('a dog');
  });
});

describe('a picture that comes without a word', () => {
  const file = new File(['x'], 'cat.png');

  it('begins an empty caption', async () => {
    expect(await askWordsOf([file])).toEqual([]);
    expect([caption(), ...pinned()]).toEqual(['a cat', '1 cat subject cat.png']);
  });

  it('waits where there are words, and where several came together', async () => {
    setCaption('a boat');
    await askWordsOf([file]);
    setCaption('');
    await askWordsOf([file, file]);
    expect([caption(), pinned(), composeStore.getState().waiting.length]).toEqual(['', [], 3]);
  });
});

describe('the wells', () => {
  it('close when a caption is typed; their pins stay on their words', async () => {
    await fillWell('what', [take('dog.png')]);
    setCaption('a dog on the beach');
    expect([open(), pinned()]).toEqual([false, ['1 dog subject dog.png']]);
    nameSubject('cat');
    expect(caption()).toBe('a dog on the beach');
  });

  it('let a picture wait that was read while somebody typed', async () => {
    const reading = fillWell('what', [take('dog.png')]);
    setCaption('a boat');
    await reading;
    expect([caption(), pinned()]).toEqual(['a boat', []]);
    expect(composeStore.getState().waiting.map(({ pin }) => pin.subjects[0]?.name)).toEqual(['dog.png']);
  });

  it('say what is wrong with a file, and keep what they have', async () => {
    await fillWell('what', [take('dog.png')]);
    await fillWell('what', [broken]);
    expect(wellsStore.getState().problems.what).toEqual(['x.txt: This file is not a picture.']);
    expect(pinned()).toEqual(['1 dog subject dog.png']);
  });

  it('lose no pin that was set on another word', async () => {
    await fillWell('how', [take('ink.png')]);
    pinSubject(1, picture('cat.png'));
    await fillWell('what', [take('dog.png')]);
    expect(pinned()).toEqual(['1 dog subject dog.png', '4 style style ink.png']);
    expect(composeStore.getState().waiting.map(({ pin }) => pin.subjects[0]?.name)).toEqual(['cat.png']);
  });

  it('show as empty what was unpinned by its word', async () => {
    await fillWell('what', [take('dog.png')]);
    composeStore.setState({ pins: [] });
    expect(pinsInWells(wellsStore.getState(), composeStore.getState()).size).toBe(0);
    await fillWell('what', [take('cat.png')]);
    expect(pinned()).toEqual(['1 cat subject cat.png']);
  });
});
