import { createStore } from 'zustand/vanilla';
import { plainWord, splitWords, type PictureArea, type PinLook } from '../../../../workers/api.ts';
import { carryPins, type Waiting } from './carry-pins.ts';
import {
  detailOf,
  lookOf,
  nextHue,
  withOwnHues,
  type ComposeData,
  type KeptDetail,
  type Pin,
  type PinnedPicture,
  type PinnedSubject,
  type WordPin,
} from '../pins/pins.ts';

export type WaitingPin = Waiting<Pin>;

interface ComposeState {
  readonly caption: string;
  readonly pins: readonly WordPin[];
  /** Pins without a word: theirs was deleted, or they have had none yet. */
  readonly waiting: readonly WaitingPin[];
  /** Counts what was set as a whole: the text area's own undo knows nothing of it and starts again. */
  readonly composition: number;
}

export const composeStore = createStore<ComposeState>(() => ({ caption: '', pins: [], waiting: [], composition: 0 }));

const { getState, setState } = composeStore;

export function setCaption(caption: string): void {
  const { caption: before, pins, waiting } = getState();
  setState({ caption, ...carryPins<Pin>(splitWords(before), splitWords(caption), { pins, waiting }) });
}

/** Writes another caption whose words are known to be those of the one before. @param places by word of the one before, its index in the new one; null where it is gone */
export function rewriteCaption(caption: string, places: readonly (number | null)[]): void {
  const { caption: before, pins, waiting } = getState();
  // What waits is not pulled onto a word that nobody typed where its own stood.
  const still = waiting.map(({ pin }) => ({ pin, gap: null }));
  setState(({ composition }) => ({
    caption,
    ...carryPins<Pin>(splitWords(before), splitWords(caption), { pins, waiting: still }, places),
    composition: composition + 1,
  }));
}

/** Takes a whole composition (an example, earlier settings). A pin whose word is not there, or is taken, waits for one. */
export function setComposition({
  caption,
  pins,
  waiting = [],
}: ComposeData & { readonly waiting?: readonly Pin[] | undefined }): void {
  const words = splitWords(caption).length;
  const placed = new Map<number, WordPin>();
  const others: WaitingPin[] = [];
  for (const pin of withOwnHues<Pin & { readonly word?: number }>([...pins, ...waiting])) {
    const { word } = pin;
    if (word !== undefined && word < words && !placed.has(word)) placed.set(word, { ...pin, word });
    else others.push({ pin, gap: null });
  }
  setState(({ composition }) => ({
    caption,
    pins: [...placed.values()].sort((a, b) => a.word - b.word),
    waiting: others,
    composition: composition + 1,
  }));
}

/** Caption and pins as a run takes them: each pin belongs to the word that it is on. */
export function currentComposition(): ComposeData {
  const { caption, pins } = getState();
  const words = splitWords(caption);
  return { caption, pins: pins.map((pin) => ({ ...pin, anchor: plainWord(words[pin.word] ?? '') })) };
}

export function huesInUse(): readonly number[] {
  const { pins, waiting } = getState();
  return [...pins.map(({ hue }) => hue), ...waiting.map(({ pin }) => pin.hue)];
}

/** Whether it takes the place of what is pinned, or is one more view of the same subject. */
export type PinMode = 'replace' | 'add';

/** What is pinned there already keeps its place and its crop. */
export function pinSubject(word: number, added: PinnedSubject, mode: PinMode = 'replace'): void {
  const present = getState().pins.find((pin) => pin.word === word)?.subjects ?? [];
  const known = present.find(({ id }) => id === added.id);
  if (mode === 'add' && known !== undefined) return;
  setSubjects(word, mode === 'add' ? [...present, added] : [known ?? added]);
}

/** Pins these, and nothing else, on a word. */
export function setSubjects(word: number, subjects: readonly PinnedSubject[]): void {
  const { caption, pins } = getState();
  const text = splitWords(caption)[word];
  if (text === undefined) return;
  const pin = pins.find((candidate) => candidate.word === word);
  if (subjects.length === 0) replacePin(word, null);
  else if (pin !== undefined) replacePin(word, { ...pin, subjects: [...subjects] });
  else replacePin(word, { word, anchor: plainWord(text), hue: nextHue(huesInUse()), subjects: [...subjects] });
}

/** Keeps what has no word. @returns its index among those that wait */
export function addWaiting(subjects: readonly PinnedSubject[], anchor = ''): number {
  const pin: Pin = { anchor, hue: nextHue(huesInUse()), subjects: [...subjects] };
  setState(({ waiting }) => ({ waiting: [...waiting, { pin, gap: null }] }));
  return getState().waiting.length - 1;
}

/** Puts a waiting pin on a word, where it takes the place of what is pinned. */
export function placeWaiting(index: number, word: number): void {
  const { caption, waiting } = getState();
  const text = splitWords(caption)[word];
  const pin = waiting[index]?.pin;
  if (text === undefined || pin === undefined) return;
  dropWaiting(index);
  replacePin(word, { ...pin, word, anchor: plainWord(text) });
}

export function dropWaiting(index: number): void {
  setState(({ waiting }) => ({ waiting: waiting.filter((_, other) => other !== index) }));
}

/** Chooses the part that is seen, of a cut-out or of the picture as it is. */
export function cropPicture(word: number, id: string, region: PinnedPicture['region']): void {
  const pin = getState().pins.find((candidate) => candidate.word === word);
  if (pin === undefined) return;
  changePicture(pin.hue, id, (picture) =>
    picture.cutOut?.isOn === true ? { ...picture, cutOut: { ...picture.cutOut, region } } : { ...picture, region },
  );
}

/** Changes a pinned picture wherever its pin, which the hue names, is by now; what was unpinned meanwhile stays so. */
export function changePicture(hue: number, id: string, change: (picture: PinnedPicture) => PinnedPicture): void {
  const changed = <P extends Pin>(pin: P): P =>
    pin.hue !== hue
      ? pin
      : {
          ...pin,
          subjects: pin.subjects.map((subject) =>
            subject.kind === 'picture' && subject.id === id ? change(subject) : subject,
          ),
        };
  setState(({ pins, waiting }) => ({
    pins: pins.map(changed),
    waiting: waiting.map(({ pin, gap }) => ({ pin: changed(pin), gap })),
  }));
}

export function setLook(word: number, change: Partial<PinLook>): void {
  const pin = getState().pins.find((candidate) => candidate.word === word);
  if (pin !== undefined) replacePin(word, { ...pin, look: { ...lookOf(pin), ...change } });
}

export function setDetail(word: number, change: Partial<KeptDetail>): void {
  const pin = getState().pins.find((candidate) => candidate.word === word);
  if (pin !== undefined) replacePin(word, { ...pin, detail: { ...detailOf(pin), ...change } });
}

/** Says where in the picture a pin may be. @param area null where it may be anywhere */
export function setArea(word: number, area: PictureArea | null): void {
  const pin = getState().pins.find((candidate) => candidate.word === word);
  if (pin === undefined) return;
  const anywhere = { ...pin };
  delete anywhere.area;
  replacePin(word, area === null ? anywhere : { ...pin, area });
}

export function unpinSubject(word: number, id: string): void {
  const pin = getState().pins.find((candidate) => candidate.word === word);
  setSubjects(
    word,
    (pin?.subjects ?? []).filter((subject) => subject.id !== id),
  );
}

export function unpinWord(word: number): void {
  replacePin(word, null);
}

function replacePin(word: number, pin: WordPin | null): void {
  const others = getState().pins.filter((candidate) => candidate.word !== word);
  setState({ pins: [...others, ...(pin === null ? [] : [pin])].sort((a, b) => a.word - b.word) });
}
