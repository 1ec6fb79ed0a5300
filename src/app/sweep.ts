/** What of the pinned pictures' and embeddings' bytes is given back to the browser's storage, and when. */
import type { EngineApi } from '../../workers/api.ts';
import type { KeyedStore } from '../storage/keyed-store.ts';
import { composeStore } from '../features/compose/draft/compose-store.ts';
import { embeddingStore } from '../features/compose/embeddings/embeddings.ts';
import type { Pin } from '../features/compose/pins/pins.ts';
import { idsOfLibrary, libraryStore } from '../features/compose/library/library-store.ts';
import { dropSubjects } from '../features/compose/pins/subject-library.ts';
import { galleryStore } from '../features/gallery/gallery-store.ts';
import { queueStore } from '../features/generate/queue/queue-store.ts';
import type { PictureRecord } from '../features/gallery/picture-record.ts';
import { idsOfStart, startStore } from '../features/start/start-store.ts';

/** Each page holds this lock, shared, as long as it lives. */
const pagesLock = 'pages';

/**
 * Another page may keep what nothing in the store refers to: a pin that this page's caption has overwritten, a deleted
 * picture that can still be undone. So only a page that is alone sweeps.
 */
export async function sweepWhereAlone(
  store: KeyedStore,
  engine: Forgetting,
  locks: Pick<LockManager, 'request'>,
): Promise<void> {
  const swept = locks.request(pagesLock, { ifAvailable: true }, (lock) =>
    lock === null ? undefined : sweep(store, engine),
  );
  // Asked for before the first is given back, so that no other page comes in between.
  void locks.request(pagesLock, { mode: 'shared' }, () => new Promise(() => undefined));
  await swept;
}

/** What is kept of pictures beside their bytes. */
type Forgetting = Pick<EngineApi, 'forgetLooks'>;

/**
 * Deletes stored pictures and embeddings that neither the caption, the list of embeddings, a result nor the library refers
 * to, and what is kept of their looks.
 */
export async function sweep(store: KeyedStore, engine: Forgetting): Promise<void> {
  const [subjects, pictures, jobs, library] = await Promise.all([
    store.keys('subjects').catch(() => []),
    store.keys('pictures').catch(() => []),
    store.keys('jobs').catch(() => []),
    store.keys('library').catch(() => []),
  ]);
  // From here to the first deletion nothing is waited for: what is pinned meanwhile must count.
  const kept = galleryStore.getState().pictures;
  // A result, a job or a subject that could not be read may refer to pictures: then nothing is deleted.
  if (pictures.length !== kept.length || jobs.length !== queueStore.getState().jobs.length) return;
  if (library.length > libraryStore.getState().entries.length) return;
  const used = usedSubjects(kept);
  const dropped = await dropSubjects(subjects.filter((id) => !used.has(id)));
  if (dropped.length > 0) await engine.forgetLooks(dropped);
}

function usedSubjects(pictures: readonly PictureRecord[]): ReadonlySet<string> {
  const results = pictures.map(({ recipe }) => recipe);
  const waiting = queueStore.getState().jobs;
  // What pictures of a comparison are scored by need not be what they were made of.
  const judged = [...pictures, ...waiting].flatMap(({ comparison }) => comparison?.of?.pins ?? []);
  const pins = [...[...results, ...waiting].flatMap(({ compose }) => compose.pins), ...judged, ...composePins()];
  const embeddings = [...results.flatMap((recipe) => recipe.embeddings), ...embeddingStore.getState().embeddings];
  const subjects = pins.flatMap((pin) => pin.subjects);
  const masks = subjects.flatMap((subject) => (subject.kind === 'picture' ? (subject.cutOut?.mask ?? []) : []));
  const starts = [...[...results, ...waiting].map(({ start }) => start), startStore.getState().start].flatMap(
    idsOfStart,
  );
  return new Set([...[...subjects, ...embeddings].map(({ id }) => id), ...masks, ...starts, ...idsOfLibrary()]);
}

function composePins(): readonly Pin[] {
  const { pins, waiting } = composeStore.getState();
  return [...pins, ...waiting.map(({ pin }) => pin)];
}
