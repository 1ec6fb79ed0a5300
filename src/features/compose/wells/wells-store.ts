/** The wells while they are open: over an empty caption, and over the one that they wrote until somebody changes it. */
import { createStore } from 'zustand/vanilla';
import { defaultLook, plainWord, splitWords } from '../../../../workers/api.ts';
import { engine } from '../../../engine-client/engine.ts';
import { closeToast, toast } from '../../../ui/toast.ts';
import { engineStore } from '../../models/loading/engine-store.ts';
import { ensureModel } from '../../models/loading/load-model.ts';
import { settingsStore } from '../../settings/settings.ts';
import { addWaiting, composeStore, huesInUse, setComposition } from '../draft/compose-store.ts';
import { problemText, type Take } from '../draft/pin-files.ts';
import { nextHue, type Pin, type PinnedSubject, type WordPin } from '../pins/pins.ts';
import { sceneWords, subjectNouns } from './picture-words.ts';
import { loadSamples } from '../pins/samples.ts';
import { subjectBlob } from '../pins/subject-library.ts';
import { loadVocabulary } from '../caption/vocabulary.ts';
import {
  captionOf,
  nounOf,
  offeredWells,
  subjectWords,
  unnamed,
  wells,
  type SaidWords,
  type WellCaption,
  type WellName,
} from './wells.ts';

/** Pictures that are said in words and pinned on none. */
interface Shown {
  readonly subjects: readonly PinnedSubject[];
  /** Empty where nothing needs to be said. */
  readonly words: string;
}
type ShownByWell = Partial<Readonly<Record<WellName, Shown>>>;

interface WellsState {
  /** What they wrote last; null before, and where it was put back. */
  readonly written: WellCaption | null;
  /** What the subject is; empty while nobody has said so. */
  readonly noun: string;
  readonly shown: ShownByWell;
  readonly reading: WellName | null;
  readonly problems: Partial<Readonly<Record<WellName, readonly string[]>>>;
}

const empty: WellsState = { written: null, noun: '', shown: {}, reading: null, problems: {} };
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

/** The pictures in the wells that are said in words. */
export function shownInWells({ written, shown }: Pick<WellsState, 'written' | 'shown'>, caption: string): ShownByWell {
  return written?.caption === caption ? shown : {};
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
  const read = first === undefined ? null : await readWords(well, first, nounOf(first, samples, vocabulary));
  if (wishes.get(well) !== wish) return;
  if (read !== null && read.problem !== null) found.push(read.problem);
  setState(({ problems, reading }) => ({
    reading: reading === well ? null : reading,
    problems: { ...problems, [well]: found },
  }));
  if (read === null) return;
  if (isOpen(getState(), composeStore.getState().caption)) fill(well, subjects, read);
  // Somebody typed meanwhile: the picture waits for a word of theirs.
  else addWaiting(subjects);
}

/** What is known of a picture in words. */
interface ReadWords {
  /** What its subject is called; null where nothing tells. */
  readonly noun: string | null;
  /** Place or time; null where the picture is pinned. */
  readonly said: string | null;
  readonly problem: string | null;
}

const isBook = (): boolean => engineStore.getState().choice.source.kind === 'embedded';

/** @param noun what the picture's sample or file says that it is */
async function readWords(well: WellName, subject: PinnedSubject, noun: string | null): Promise<ReadWords> {
  if (!isBook()) return { noun, said: null, problem: null };
  const image = subject.kind === 'picture' ? await subjectBlob(subject.id) : null;
  const pictures = image === null ? [] : [{ image, id: subject.id }];
  if (well === 'what') {
    if (noun !== null || image === null || engineStore.getState().model.kind !== 'ready')
      return { noun, said: null, problem: null };
    const named = await subjectNouns(engine, pictures, subjectWords(await loadVocabulary()));
    return { noun: named.ok ? (named.value[0] ?? null) : null, said: null, problem: null };
  }
  if (image === null) return { noun, said: '', problem: 'This shows neither a place nor a time. Give a picture.' };
  await ensureModel(engine);
  const scene = await sceneWords(engine, pictures);
  if (scene.ok) return { noun, said: scene.value[0]?.[well] ?? '', problem: null };
  return {
    noun,
    said: '',
    problem: `The model did not look at this picture. Choose below what it shows. ${scene.error.message}`,
  };
}

function fill(well: WellName, subjects: readonly PinnedSubject[], { noun, said }: ReadWords): void {
  if (said !== null) {
    const shown = { ...currentShown(), [well]: { subjects, words: said } };
    tell(write(currentPins(), getState().noun, shown));
    return;
  }
  const pins = new Map(currentPins());
  const { role } = wells[well];
  const bare: Pin = { anchor: '', hue: nextHue(huesInUse()), subjects: [] };
  const fresh: Pin = role === defaultLook.role ? bare : { ...bare, look: { ...defaultLook, role } };
  pins.set(well, { word: 0, ...(pins.get(well) ?? fresh), subjects: [...subjects] });
  tell(write(pins, well === 'what' ? (noun ?? '') : getState().noun, currentShown()));
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

function currentShown(): ShownByWell {
  return shownInWells(getState(), composeStore.getState().caption);
}

/** Takes a well's pictures away, and what the caption says of them. */
export function emptyWell(well: WellName): void {
  wishes.set(well, (wishes.get(well) ?? 0) + 1);
  const pins = new Map(currentPins());
  const shown = Object.fromEntries(Object.entries(currentShown()).filter(([name]) => name !== well));
  if (!pins.delete(well) && currentShown()[well] === undefined) return;
  tell(write(pins, getState().noun, shown));
}

/** Says what the subject is. */
export function nameSubject(noun: string): void {
  if (isOpen(getState(), composeStore.getState().caption)) write(currentPins(), noun, currentShown());
}

/** Says what the picture in a well shows. @param words empty where nothing needs to be said */
export function sayInWell(well: WellName, words: string): void {
  const shown = currentShown();
  const before = shown[well];
  if (before !== undefined) write(currentPins(), getState().noun, { ...shown, [well]: { ...before, words } });
}

/** Writes the caption of these pins and pictures. @returns what puts back how it was */
function write(pins: ReadonlyMap<WellName, WordPin>, noun: string, shown: ShownByWell): () => void {
  const { caption, pins: before, waiting } = composeStore.getState();
  const compose = { caption, pins: [...before], waiting: waiting.map(({ pin }) => pin) };
  const state = getState();
  const called = splitWords(noun).length === 0 ? unnamed(isBook()) : noun.trim();
  const written = captionOf(new Set(pins.keys()), called, saidBy(shown));
  const words = splitWords(written.caption);
  const own = new Set([...currentPins().values()].map(({ hue }) => hue));
  const isEmpty = pins.size === 0 && Object.keys(shown).length === 0;
  setState({ written: isEmpty ? null : written, noun, shown });
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
    setState({ ...empty, written: state.written, noun: state.noun, shown: state.shown });
    setComposition(compose);
  };
}

function saidBy(shown: ShownByWell): SaidWords {
  return Object.fromEntries(
    wellNames.flatMap((well) => (shown[well] === undefined ? [] : [[well, shown[well].words]])),
  );
}

function withoutWord(pin: WordPin): Pin {
  const bare: Pin & { word?: number } = { ...pin };
  delete bare.word;
  return bare;
}
