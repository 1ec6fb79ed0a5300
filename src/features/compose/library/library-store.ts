/**
 * Every subject that was ever pinned, an entry each in the store, so that two tabs do not overwrite each other's. Samples
 * are not among them: they come with the site.
 */
import { createStore } from 'zustand/vanilla';
import { MemoryStore, type KeyedStore } from '../../../storage/keyed-store.ts';
import { loadSlice, readSlice } from '../../../storage/slice.ts';
import type { PinnedSubject } from '../pins/pins.ts';
import { gatheredSlice, librarySlice, longestName, type LibraryEntry, type SmallSubject } from './library-record.ts';

interface LibraryState {
  /** What was used last comes first. */
  readonly entries: readonly LibraryEntry[];
}

export const libraryStore = createStore<LibraryState>(() => ({ entries: [] }));

const { getState, setState } = libraryStore;
let store: KeyedStore = new MemoryStore();

/** Reads the subjects of earlier visits; entries that cannot be read are left alone in the store. */
export async function openLibrary(lasting: KeyedStore): Promise<void> {
  store = lasting;
  const stored = await store.getAll('library').catch(() => []);
  setState({ entries: inOrder(stored.flatMap((entry) => readSlice(librarySlice, entry) ?? [])) });
}

function inOrder(entries: readonly LibraryEntry[]): readonly LibraryEntry[] {
  return entries.toSorted((a, b) => b.usedAt - a.usedAt || a.id.localeCompare(b.id));
}

export function libraryEntry(id: string): LibraryEntry | undefined {
  return getState().entries.find((entry) => entry.id === id);
}

/** Whether a subject belongs into the library. */
function isOwn(subject: PinnedSubject): boolean {
  return subject.kind === 'embedding' || subject.sample === null;
}

/** What was pinned where, and when. */
export interface PinnedOnce {
  readonly subject: PinnedSubject;
  /** The plain word. */
  readonly word: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Takes a subject into the library, or notes how it is pinned now. Its name stays. */
export function rememberSubject({ subject, word, at }: PinnedOnce): void {
  if (!isOwn(subject)) return;
  const before = libraryEntry(subject.id);
  const isSame = before !== undefined && looksAlike(before.subject, subject);
  put({
    id: subject.id,
    name: before?.name ?? nameOf(subject, word),
    createdAt: before?.createdAt ?? at,
    usedAt: at,
    subject,
    ...(isSame && before.small !== undefined ? { small: before.small } : {}),
  });
}

function nameOf({ name }: PinnedSubject, word: string): string {
  return (word === '' ? name.replace(/\.[^.]+$/u, '') : word).slice(0, longestName);
}

function looksAlike(a: PinnedSubject, b: PinnedSubject): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Gives a subject another name. An empty one changes nothing. */
export function renameSubject(id: string, name: string): void {
  const entry = libraryEntry(id);
  const given = name.trim().slice(0, longestName);
  if (entry !== undefined && given !== '' && given !== entry.name) put({ ...entry, name: given });
}

/** Keeps the small picture of an entry that still is as it was when it was made. */
export function keepSmall({ id, subject }: LibraryEntry, small: SmallSubject): void {
  const entry = libraryEntry(id);
  if (entry !== undefined && looksAlike(entry.subject, subject)) put({ ...entry, small });
}

/** Takes subjects out; what is pinned stays pinned. Their bytes are swept at the next start. @returns what puts them back */
export function forgetSubjects(ids: ReadonlySet<string>): () => void {
  const gone = getState().entries.filter(({ id }) => ids.has(id));
  setState(({ entries }) => ({ entries: entries.filter(({ id }) => !ids.has(id)) }));
  for (const { id } of gone) void store.delete('library', id).catch(() => undefined);
  return () => {
    // A Blob out of the store may lose its bytes with its entry: small pictures are made again.
    for (const entry of gone) put(withoutSmall(entry));
  };
}

function withoutSmall(entry: LibraryEntry): LibraryEntry {
  const bare = { ...entry };
  delete bare.small;
  return bare;
}

/** Where the disk is full it is there until the page is closed. */
function put(entry: LibraryEntry): void {
  setState(({ entries }) => ({ entries: inOrder([...entries.filter(({ id }) => id !== entry.id), entry]) }));
  void store.put('library', entry.id, { version: librarySlice.version, data: entry }).catch(() => undefined);
}

/** Once, takes in what was pinned before there was a library and is still here. @param pinned the oldest first */
export async function gatherSubjects(pinned: readonly PinnedOnce[]): Promise<void> {
  if ((await loadSlice(store, gatheredSlice)) !== null) return;
  const kept = new Set(await store.keys('subjects').catch(() => []));
  for (const once of pinned) if (kept.has(once.subject.id)) rememberSubject(once);
  const { key, version } = gatheredSlice;
  await store.put('slices', key, { version, data: { isGathered: true } }).catch(() => undefined);
}

/** Whose bytes the library needs. */
export function idsOfLibrary(): readonly string[] {
  return getState().entries.flatMap(({ subject }) => [
    subject.id,
    ...(subject.kind === 'picture' && subject.cutOut !== undefined ? [subject.cutOut.mask] : []),
  ]);
}
