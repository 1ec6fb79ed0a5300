import { createStore } from 'zustand/vanilla';
import { type Result, splitWords } from '../../../workers/api.ts';
import { engine } from '../../engine-client/engine.ts';
import { composeStore, pinSubject } from './compose-store.ts';
import type { PinnedSubject } from './pins.ts';
import { takeSample, type Sample } from './samples.ts';
import { takeEmbedding, takePicture } from './subject-library.ts';

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

interface Take {
  /** What it is called, where the person gave it. */
  readonly name: string | null;
  readonly read: () => Promise<Result<PinnedSubject>>;
}

/** Pins what is read, unless the word has changed meanwhile. */
async function pinTaken(word: number, takes: readonly Take[]): Promise<void> {
  const text = splitWords(composeStore.getState().caption)[word];
  update(word, () => ({ reading: takes.length, problems: [] }));
  for (const { name, read } of takes) {
    const picture = await read();
    if (!picture.ok) {
      const { message } = picture.error;
      const problem = name === null || message.includes(name) ? message : `${name}: ${message}`;
      update(word, ({ reading, problems }) => ({ reading, problems: [...problems, problem] }));
    } else if (splitWords(composeStore.getState().caption)[word] === text) {
      pinSubject(word, picture.value);
    }
    update(word, ({ reading, problems }) => ({ reading: reading - 1, problems }));
  }
}

/** Endings of textual-inversion files. */
function isEmbeddingFile(name: string): boolean {
  return /\.(?:pt|bin|safetensors)$/iu.test(name);
}

export function pinFiles(word: number, files: readonly File[]): Promise<void> {
  const named = (file: File): string => (file.name === '' ? 'pasted picture' : file.name);
  const take = (file: File): Promise<Result<PinnedSubject>> =>
    isEmbeddingFile(file.name)
      ? takeEmbedding(engine, file)
      : takePicture(engine, file, { name: named(file), sample: null });
  return pinTaken(
    word,
    files.map((file) => ({ name: named(file), read: () => take(file) })),
  );
}

export function pinSample(word: number, { file, title }: Sample): Promise<void> {
  return pinTaken(word, [{ name: null, read: () => takeSample(engine, file, title) }]);
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
