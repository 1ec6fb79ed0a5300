/** The map of subjects by their pseudo-words (UMM-Diffusion, Fig. 12): the engine reads them, a worker lays them out. */
import { fewestOnMap, type EngineApi, type MapApi, type MapPoint } from '../../../../workers/api.ts';
import { engineSubjects } from '../pins/engine-subjects.ts';
import type { LibraryEntry } from './library-record.ts';

/** How far a map is. */
export type MapState =
  | { readonly kind: 'reading'; readonly done: number; readonly count: number; readonly isWaiting: boolean }
  | { readonly kind: 'laying' }
  | { readonly kind: 'few'; readonly count: number }
  | { readonly kind: 'failed'; readonly problem: string }
  | {
      readonly kind: 'ready';
      /** By the subject's id. */
      readonly places: ReadonlyMap<string, MapPoint>;
      /** Names of those that could not be read. */
      readonly left: readonly string[];
    };

/** So many are read at once: whoever wants to make a picture waits for them. */
const atOnce = 4;

interface MapWork {
  readonly engine: Pick<EngineApi, 'pseudoWords'>;
  readonly worker: MapApi;
  readonly signal: AbortSignal;
  readonly tell: (state: MapState) => void;
  /** Waits before the engine is asked again. */
  readonly pause: () => Promise<void>;
}

/** Reads and lays out; the same subjects give the same map. Says nothing once it is aborted. */
export async function readMap(entries: readonly LibraryEntry[], work: MapWork): Promise<void> {
  const { worker, signal, tell } = work;
  const sorted = entries.toSorted((a, b) => a.id.localeCompare(b.id));
  if (sorted.length < fewestOnMap) {
    tell({ kind: 'few', count: sorted.length });
    return;
  }
  const words = new Map<LibraryEntry, Float32Array>();
  for (let done = 0; done < sorted.length; done += atOnce) {
    const problem = await readSome(sorted, done, words, work);
    if (signal.aborted) return;
    if (problem !== null) {
      tell({ kind: 'failed', problem });
      return;
    }
  }
  const left = sorted.filter((entry) => !words.has(entry)).map(({ name }) => name);
  if (words.size < fewestOnMap) {
    tell({ kind: 'few', count: words.size });
    return;
  }
  tell({ kind: 'laying' });
  const laid = await worker.layout([...words.values()]);
  if (signal.aborted) return;
  if (!laid.ok) {
    tell({ kind: 'failed', problem: laid.error.message });
    return;
  }
  const places = [...words.keys()].flatMap(({ id }, index) => {
    const point = laid.value[index];
    return point === undefined ? [] : [[id, point] as const];
  });
  tell({ kind: 'ready', places: new Map(places), left });
}

/** @returns what went wrong, in words. What the engine has no time for is asked again until it is aborted. */
async function readSome(
  sorted: readonly LibraryEntry[],
  done: number,
  words: Map<LibraryEntry, Float32Array>,
  { engine, signal, tell, pause }: MapWork,
): Promise<string | null> {
  const present: LibraryEntry[] = [];
  const subjects = [];
  for (const entry of sorted.slice(done, done + atOnce)) {
    const found = await engineSubjects([entry.subject]);
    if (found === null) continue;
    present.push(entry);
    subjects.push(...found);
  }
  let isWaiting = false;
  while (!signal.aborted) {
    tell({ kind: 'reading', done, count: sorted.length, isWaiting });
    const read = await engine.pseudoWords(subjects);
    if (read.ok) {
      for (const [index, word] of read.value.entries()) {
        const entry = present[index];
        if (entry !== undefined && word !== null) words.set(entry, word);
      }
      return null;
    }
    if (read.error.code !== 'busy' && read.error.code !== 'cancelled') return read.error.message;
    isWaiting = true;
    await pause();
  }
  return null;
}
