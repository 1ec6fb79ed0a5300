import { createStore } from 'zustand/vanilla';
import { carryPins } from './carry-pins.ts';
import { nextHue, type ComposeData, type PinnedPicture, type PinnedSubject, type WordPin } from './pins.ts';
import { plainWord, splitWords } from './words.ts';

interface ComposeState {
  readonly caption: string;
  readonly pins: readonly WordPin[];
  /** Pins whose word was deleted; they come back with it. Not kept over a reload. */
  readonly parked: readonly WordPin[];
}

export const composeStore = createStore<ComposeState>(() => ({ caption: '', pins: [], parked: [] }));

const { getState, setState } = composeStore;

export function setCaption(caption: string): void {
  const { caption: before, pins, parked } = getState();
  setState({ caption, ...carryPins(splitWords(before), splitWords(caption), { pins, parked }) });
}

/** Takes a whole composition (an example, earlier settings), dropping pins that point past the caption. */
export function setComposition({ caption, pins }: ComposeData): void {
  const words = splitWords(caption).length;
  setState({ caption, pins: pins.filter(({ word }) => word < words), parked: [] });
}

export function pinSubject(word: number, added: PinnedSubject): void {
  const { caption, pins } = getState();
  const text = splitWords(caption)[word];
  if (text === undefined) return;
  const existing = pins.find((pin) => pin.word === word);
  const pin = existing ?? { word, anchor: plainWord(text), hue: nextHue(pins), subjects: [] };
  const others = pin.subjects.filter(({ id }) => id !== added.id);
  replacePin(word, { ...pin, subjects: [...others, added] });
}

export function cropPicture(word: number, id: string, region: PinnedPicture['region']): void {
  const pin = getState().pins.find((candidate) => candidate.word === word);
  if (pin === undefined) return;
  replacePin(word, { ...pin, subjects: pin.subjects.map((subject) => (subject.kind === 'picture' && subject.id === id ? { ...subject, region } : subject)) });
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
