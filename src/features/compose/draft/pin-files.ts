/** From files and samples to pins. */
import { createStore } from 'zustand/vanilla';
import { isWeightFile, plainWord, splitWords, type Result } from '../../../../workers/api.ts';
import { engine } from '../../../engine-client/engine.ts';
import { toast } from '../../../ui/toast.ts';
import { addWaiting, composeStore, pinSubject, setSubjects, unpinSubject, type PinMode } from './compose-store.ts';
import type { PinnedSubject } from '../pins/pins.ts';
import { takeSample, type Sample } from '../pins/samples.ts';
import { takeEmbedding, takePicture } from '../pins/subject-library.ts';

/** What is going on at each word's popover: pictures being read, and what was wrong with the last ones. */
interface Intake {
  readonly reading: number;
  readonly problems: readonly string[];
}

export const intakeStore = createStore<Readonly<Record<number, Intake>>>(() => ({}));

const nothing: Intake = { reading: 0, problems: [] };

export function intakeOf(state: Readonly<Record<number, Intake>>, word: number): Intake {
  return state[word] ?? nothing;
}

function update(word: number, change: (intake: Intake) => Intake): void {
  intakeStore.setState((state) => ({ [word]: change(intakeOf(state, word)) }));
}

/** By word, how often something was chosen or taken away: what is read for an earlier wish comes too late. */
const wishes = new Map<number, number>();

function newWish(word: number): number {
  const wish = (wishes.get(word) ?? 0) + 1;
  wishes.set(word, wish);
  return wish;
}

export interface Take {
  /** What it is called, where the person gave it. */
  readonly name: string | null;
  readonly read: () => Promise<Result<PinnedSubject>>;
}

/** Of several that are taken together, the first takes the place of what is pinned, and all are averaged. */
async function pinTaken(word: number, takes: readonly Take[], mode: PinMode): Promise<void> {
  const text = wordText(word);
  const wish = mode === 'replace' ? newWish(word) : wishes.get(word);
  let next = mode;
  update(word, ({ reading }) => ({ reading: reading + takes.length, problems: [] }));
  for (const { name, read } of takes) {
    const subject = await read();
    if (!subject.ok) {
      const problem = problemText(name, subject.error.message);
      update(word, ({ reading, problems }) => ({ reading, problems: [...problems, problem] }));
    } else if (wishes.get(word) === wish) {
      pinRead(word, text, subject.value, next);
      next = 'add';
    }
    update(word, ({ reading, problems }) => ({ reading: reading - 1, problems }));
  }
}

export function problemText(name: string | null, message: string): string {
  return name === null || message.includes(name) ? message : `${name}: ${message}`;
}

/** Where the word has changed meanwhile, the picture waits for one. */
function pinRead(word: number, text: string | undefined, subject: PinnedSubject, mode: PinMode): void {
  if (text === undefined || wordText(word) !== text) {
    addWaiting([subject], plainWord(text ?? ''));
    return;
  }
  const before = subjectsOn(word);
  pinSubject(word, subject, mode);
  if (mode === 'replace') tellReplaced(word, before);
}

function wordText(word: number): string | undefined {
  return splitWords(composeStore.getState().caption)[word];
}

function subjectsOn(word: number): readonly PinnedSubject[] {
  return composeStore.getState().pins.find((pin) => pin.word === word)?.subjects ?? [];
}

const isSample = (subject: PinnedSubject): boolean => subject.kind === 'picture' && subject.sample !== null;

/** What was a person's own can be had back; a sample is one press away anyway. */
export function tellReplaced(word: number, before: readonly PinnedSubject[]): void {
  const now = subjectsOn(word);
  const lost = before.filter((subject) => !isSample(subject) && now.every(({ id }) => id !== subject.id));
  const [first] = lost;
  if (first === undefined) return;
  const text = wordText(word);
  const what = lost.length === 1 ? `“${first.name}” was` : `${lost.length} pictures were`;
  toast(`${what} replaced on “${text ?? ''}”.`, {
    action: {
      label: 'Undo',
      onClick: () => {
        if (wordText(word) === text) setSubjects(word, before);
        else addWaiting(before, plainWord(text ?? ''));
      },
    },
  });
}

export function takeOf(file: File): Take & { readonly name: string } {
  const name = file.name === '' ? 'pasted picture' : file.name;
  return {
    name,
    read: () =>
      isWeightFile(file.name) ? takeEmbedding(engine, file) : takePicture(engine, file, { name, sample: null }),
  };
}

export function pinFiles(word: number, files: readonly File[], mode: PinMode = 'replace'): Promise<void> {
  return pinTaken(word, files.map(takeOf), mode);
}

export function pinSample(word: number, sample: Sample): Promise<void> {
  return pinTaken(word, [takeOfSample(sample)], 'replace');
}

export function takeOfSample({ file, title }: Sample): Take {
  return { name: null, read: () => takeSample(engine, file, title) };
}

/** Pins what was pinned before, as it was then. */
export function pinKnown(word: number, subject: PinnedSubject): void {
  newWish(word);
  const before = subjectsOn(word);
  pinSubject(word, subject);
  tellReplaced(word, before);
}

/** Takes one away, and what is still being read for the word. */
export function unpin(word: number, id: string): void {
  newWish(word);
  unpinSubject(word, id);
}

/** Reads pictures for which no word was named; each waits for its own. @returns where they are among those that wait, and what was wrong with others */
export async function readWaiting(
  files: readonly File[],
): Promise<{ readonly waiting: readonly number[]; readonly problems: readonly string[] }> {
  const waiting: number[] = [];
  const problems: string[] = [];
  for (const { name, read } of files.map(takeOf)) {
    const subject = await read();
    if (subject.ok) waiting.push(addWaiting([subject.value]));
    else problems.push(problemText(name, subject.error.message));
  }
  return { waiting, problems };
}

export function clearProblems(word: number): void {
  update(word, ({ reading }) => ({ reading, problems: [] }));
}

/** Pictures on the clipboard, for the paste button; the keyboard's paste brings its own. */
export async function pasteFromClipboard(word: number): Promise<void> {
  try {
    const items = await navigator.clipboard.read();
    const files: File[] = [];
    for (const item of items) {
      const type = item.types.find((candidate) => candidate.startsWith('image/'));
      if (type !== undefined) files.push(new File([await item.getType(type)], 'pasted picture', { type }));
    }
    if (files.length > 0) await pinFiles(word, files);
    else update(word, ({ reading }) => ({ reading, problems: ['There is no picture on the clipboard.'] }));
  } catch {
    update(word, ({ reading }) => ({
      reading,
      problems: ['The browser did not allow reading the clipboard. Press Ctrl+V (⌘V on a Mac) instead.'],
    }));
  }
}
