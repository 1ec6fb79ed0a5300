import { createStore } from 'zustand/vanilla';
import { carryPins } from './carry-pins.ts';
import { nextHue, type ComposeData, type PinnedPicture, type PinnedSubject, type WordPin } from './pins.ts';
import { plainWord, splitWords } from '../../../workers/api.ts';

interface ComposeState {
  readonly caption: string;
  readonly pins: readonly WordPin[];
  /** Pins whose word was deleted; they come back with it. Not kept over a reload. */
  readonly parked: readonly WordPin[];
  /** Counts what was set as a whole: the text area's own undo knows nothing of it and starts anew. */
  readonly composition: number;
}

export const composeStore = createStore<ComposeState>(() => ({ caption: '', pins: [], parked: [], composition: 0 }));

const { getState, setState } = composeStore;

export function setCaption(caption: string): void {
  const { caption: before, pins, parked } = getState();
  setState({ caption, ...carryPins(splitWords(before), splitWords(caption), { pins, parked }) });
}

/** Takes a whole composition (an example, earlier settings), dropping pins that point past the caption. */
export function setComposition({ caption, pins }: ComposeData): void {
  const words = splitWords(caption).length;
  setState(({ composition }) => ({
    caption,
    pins: pins.filter(({ word }) => word < words),
    parked: [],
    composition: composition + 1,
  }));
}

/** What is pinned there already keeps its place and its crop. */
export function pinSubject(word: number, added: PinnedSubject): void {
  const { caption, pins } = getState();
  const text = splitWords(caption)[word];
  if (text === undefined) return;
  const existing = pins.find((pin) => pin.word === word);
  const pin = existing ?? { word, anchor: plainWord(text), hue: nextHue(pins), subjects: [] };
  if (pin.subjects.some(({ id }) => id === added.id)) return;
  const others = soleSample(pin.subjects) !== null && isSample(added) ? [] : pin.subjects;
  replacePin(word, { ...pin, subjects: [...others, added] });
}

function isSample(subject: PinnedSubject | undefined): subject is PinnedPicture {
  return subject?.kind === 'picture' && subject.sample !== null;
}

/** The sample that is all that is pinned: another sample takes its place, because who tries samples wants no mixture. */
export function soleSample(subjects: readonly PinnedSubject[]): PinnedPicture | null {
  const [first, ...rest] = subjects;
  return isSample(first) && rest.length === 0 ? first : null;
}

export function cropPicture(word: number, id: string, region: PinnedPicture['region']): void {
  const pin = getState().pins.find((candidate) => candidate.word === word);
  if (pin === undefined) return;
  replacePin(word, {
    ...pin,
    subjects: pin.subjects.map((subject) =>
      subject.kind === 'picture' && subject.id === id ? { ...subject, region } : subject,
    ),
  });
}

export function unpinSubject(word: number, id: string): void {
  const pin = getState().pins.find((candidate) => candidate.word === word);
  if (pin === undefined) return;
  const subjects = pin.subjects.filter((subject) => subject.id !== id);
  replacePin(word, subjects.length === 0 ? null : { ...pin, subjects });
}

export function unpinWord(word: number): void {
  replacePin(word, null);
}

function replacePin(word: number, pin: WordPin | null): void {
  const others = getState().pins.filter((candidate) => candidate.word !== word);
  setState({ pins: [...others, ...(pin === null ? [] : [pin])].sort((a, b) => a.word - b.word) });
}
