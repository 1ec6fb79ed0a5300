/** The wells while they are open: over an empty caption, and over the one that they wrote until somebody changes it. */
import { createStore } from 'zustand/vanilla';
import { defaultLook, plainWord, splitWords } from '../../../workers/api.ts';
import { closeToast, toast } from '../../ui/toast.ts';
import { engineStore } from '../models/engine-store.ts';
import { settingsStore } from '../settings/settings.ts';
import { addWaiting, composeStore, huesInUse, setComposition } from './compose-store.ts';
import { problemText, type Take } from './pin-files.ts';
import { nextHue, type Pin, type PinnedSubject, type WordPin } from './pins.ts';
import { loadSamples } from './samples.ts';
import { loadVocabulary } from './vocabulary.ts';
import { captionOf, nounOf, offeredWells, unnamed, wells, type WellCaption, type WellName } from './wells.ts';

interface WellsState {
  /** What they wrote last; null before, and where it was put back. */
  readonly written: WellCaption | null;
  /** What the subject is; empty while nobody has said so. */
  readonly noun: string;
  readonly reading: WellName | null;
  readonly problems: Partial<Readonly<Record<WellName, readonly string[]>>>;
}

const empty: WellsState = { written: null, noun: '', reading: null, problems: {} };
export const wellsStore = createStore<WellsState>(() => empty);

const { getState, setState } = wellsStore;

/** Whether the caption is still the wells' own. */
export function isOpen({ written }: Pick<WellsState, 'written'>, caption: string): boolean {
  return caption === written?.caption || splitWords(caption).length === 0;
}

/** Whether a picture for this well would be the first thing that the caption says. */
export function canBegin(well: WellName): boolean {
  const { pinVoices } = settingsStore.getState();
  return (
    splitWords(composeStore.getState().caption).length === 0 &&
    offeredWells(engineStore.getState(), pinVoices).includes(well)
  );
}

/** The pins in the wells. What was unpinned by its word is in none. */
export function pinsInWells(
  { written }: Pick<WellsState, 'written'>,
  { caption, pins }: { readonly caption: string; readonly pins: readonly WordPin[] },
): ReadonlyMap<WellName, WordPin> {
  const filled = new Map<WellName, WordPin>();
  if (written?.caption !== caption) return filled;
  for (const well of wellNames) {
    const pin = pins.find(({ word }) => word === written.words[well]);
    if (pin !== undefined) filled.set(well, pin);
  }
  return filled;
}

const wellNames = Object.keys(wells) as readonly WellName[];

/** By well, how often something was chosen for it: what is read for an earlier wish comes too late. */
const wishes = new Map<WellName, number>();

/** Reads pictures, several as views of one subject, and writes them into the caption; what was in the well gives way. */
export async function fillWell(well: WellName, takes: readonly Take[]): Promise<void> {
  const wish = (wishes.get(well) ?? 0) + 1;
  wishes.set(well, wish);
  setState(({ problems }) => ({ reading: well, problems: { ...problems, [well]: [] } }));
  const subjects: PinnedSubject[] = [];
  const found: string[] = [];
  for (const { name, read } of takes) {
    const subject = await read();
    if (subject.ok) subjects.push(subject.value);
    else found.push(problemText(name, subject.error.message));
  }
  const [first] = subjects;
  const [samples, vocabulary] = await Promise.all([loadSamples(), loadVocabulary()]);
  if (wishes.get(well) !== wish) return;
  setState(({ problems, reading }) => ({
    reading: reading === well ? null : reading,
    problems: { ...problems, [well]: found },
  }));
  if (first === undefined) return;
  if (isOpen(getState(), composeStore.getState().caption)) fill(well, subjects, nounOf(first, samples, vocabulary));
  // Somebody typed meanwhile: the picture waits for a word of theirs.
  else addWaiting(subjects);
}

/** @param noun what the subject is called; null where nothing tells */
function fill(well: WellName, subjects: readonly PinnedSubject[], noun: string | null): void {
  const pins = new Map(currentPins());
  const { role } = wells[well];
  const bare: Pin = { anchor: '', hue: nextHue(huesInUse()), subjects: [] };
  const fresh: Pin = role === defaultLook.role ? bare : { ...bare, look: { ...defaultLook, role } };
  pins.set(well, { word: 0, ...(pins.get(well) ?? fresh), subjects: [...subjects] });
  tell(write(pins, well === 'what' ? (noun ?? '') : getState().noun));
}

/** The message about the last change: one is enough, and more would cover the wells. */
let told: number | null = null;

function tell(putBack: () => void): void {
  const { caption } = composeStore.getState();
  if (told !== null) closeToast(told);
  told = toast(caption === '' ? 'The caption is empty again.' : `The caption is now “${caption}”.`, {
    action: { label: 'Undo', onClick: putBack },
  });
}

function currentPins(): ReadonlyMap<WellName, WordPin> {
  return pinsInWells(getState(), composeStore.getState());
}

/** Takes a well's pictures away, and what the caption says of them. */
export function emptyWell(well: WellName): void {
  wishes.set(well, (wishes.get(well) ?? 0) + 1);
  const pins = new Map(currentPins());
  if (!pins.delete(well)) return;
  tell(write(pins, getState().noun));
}

/** Says what the subject is. */
export function nameSubject(noun: string): void {
  if (isOpen(getState(), composeStore.getState().caption)) write(currentPins(), noun);
}

/** Writes the caption of these pins. @returns what puts back how it was */
function write(pins: ReadonlyMap<WellName, WordPin>, noun: string): () => void {
  const { caption, pins: before, waiting } = composeStore.getState();
  const compose = { caption, pins: [...before], waiting: waiting.map(({ pin }) => pin) };
  const state = getState();
  const isBook = engineStore.getState().choice.source.kind === 'embedded';
  const said = splitWords(noun).length === 0 ? unnamed(isBook) : noun.trim();
  const written = captionOf(new Set(pins.keys()), said);
  const words = splitWords(written.caption);
  const own = new Set([...currentPins().values()].map(({ hue }) => hue));
  setState({ written: pins.size === 0 ? null : written, noun });
  setComposition({
    caption: written.caption,
    pins: [...pins].flatMap(([well, pin]) => {
      const word = written.words[well];
      return word === undefined ? [] : [{ ...pin, word, anchor: plainWord(words[word] ?? '') }];
    }),
    // Pins that somebody set on another word of the caption lose it, and wait.
    waiting: [...compose.waiting, ...before.filter(({ hue }) => !own.has(hue)).map(withoutWord)],
  });
  return () => {
    setState({ ...empty, written: state.written, noun: state.noun });
    setComposition(compose);
  };
}

function withoutWord(pin: WordPin): Pin {
  const bare: Pin & { word?: number } = { ...pin };
  delete bare.word;
  return bare;
}
