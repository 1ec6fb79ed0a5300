import { beforeEach, describe, expect, it } from 'vitest';
import { composeStore } from '../features/compose/draft/compose-store.ts';
import { embeddingStore } from '../features/compose/embeddings/embeddings.ts';
import type { WordPin } from '../features/compose/pins/pins.ts';
import { openLibrary, rememberSubject } from '../features/compose/library/library-store.ts';
import { keepSubject, openSubjects } from '../features/compose/pins/subject-library.ts';
import { galleryStore } from '../features/gallery/gallery-store.ts';
import type { PictureRecord } from '../features/gallery/picture-record.ts';
import { setStart } from '../features/start/start-store.ts';
import { defaultSettings } from '../features/settings/settings.ts';
import { MemoryStore } from '../storage/keyed-store.ts';
import { sweep, sweepWhereAlone } from './sweep.ts';
import { squarePicture } from '../features/compose/pins/pin-fixture.ts';

const pinOn = (id: string): WordPin => ({
  word: 0,
  anchor: 'dog',
  hue: 0,
  subjects: [
    squarePicture(id, {
      cutOut: { mask: `mask of ${id}`, backdrop: 'grey', region: { x: 0, y: 0, size: 8 }, isOn: false },
    }),
  ],
});
const result = (id: string): PictureRecord => ({
  id: 'result',
  createdAt: 1,
  png: new Blob(),
  width: 8,
  height: 8,
  flagged: null,
  comparison: {
    id: 'one',
    axis: 'Method',
    label: 'plain caption',
    index: 0,
    count: 2,
    row: null,
    of: { caption: 'dog', pins: [pinOn('scored by')] },
  },
  isStarred: false,
  recipe: {
    compose: { caption: 'dog', pins: [pinOn(id)] },
    embeddings: [],
    start: { picture: { id: 'start of a result', name: 'x.png', width: 8, height: 8 }, mask: null },
    settings: defaultSettings,
    guidanceMoved: false,
    model: { id: 'm', name: 'm' },
  },
});

const used = [
  'pinned',
  'mask of pinned',
  'in a result',
  'mask of in a result',
  'scored by',
  'mask of scored by',
  'installed',
  'start',
  'start of a result',
  'in the library',
  'mask of in the library',
];
const everything = [...used, 'unused'];

let store: MemoryStore;
let forgotten: readonly string[];
const engine = {
  forgetLooks: (pictures: readonly string[]) => {
    forgotten = pictures;
    return Promise.resolve({ ok: true as const, value: undefined });
  },
};

beforeEach(async () => {
  store = new MemoryStore();
  forgotten = [];
  openSubjects(store);
  for (const id of everything) await store.put('subjects', id, new Blob([id]));
  await store.put('pictures', 'result', {});
  await openLibrary(store);
  for (const subject of pinOn('in the library').subjects) rememberSubject({ subject, word: 'dog', at: 1 });
  composeStore.setState({ caption: 'dog', pins: [pinOn('pinned')], waiting: [] });
  setStart({ picture: { id: 'pinned', name: 'x.png', width: 8, height: 8 }, mask: { id: 'start' } });
  embeddingStore.setState({ embeddings: [{ id: 'installed', name: 'x.pt', trigger: 'x', vectors: 1, dimension: 8 }] });
  galleryStore.setState({ pictures: [result('in a result')] });
});

/** A store at which something happens after its keys were listed. */
function whenListed(happens: () => Promise<unknown>): void {
  const keys = store.keys.bind(store);
  store.keys = async (table) => {
    const listed = await keys(table);
    await happens();
    return listed;
  };
}

describe('sweeping the pinned pictures', () => {
  it('deletes what caption, embeddings and results do not refer to', async () => {
    await sweep(store, engine);
    expect(await store.keys('subjects')).toEqual(used);
  });

  it('has forgotten what is kept of the looks of those, and of no others', async () => {
    await sweep(store, engine);
    expect(forgotten).toEqual(everything.filter((id) => !used.includes(id)));
    forgotten = [];
    await sweep(store, engine);
    expect(forgotten).toEqual([]);
  });

  it('leaves everything where a result could not be read', async () => {
    galleryStore.setState({ pictures: [] });
    await sweep(store, engine);
    expect(await store.keys('subjects')).toEqual(everything);
  });

  it('leaves everything where a subject of the library could not be read', async () => {
    await store.put('library', 'other', { version: 99 });
    await sweep(store, engine);
    expect(await store.keys('subjects')).toEqual(everything);
  });

  it('leaves what is pinned while the store answers', async () => {
    whenListed(() => {
      composeStore.setState({ pins: [pinOn('unused')] });
      return Promise.resolve();
    });
    await sweep(store, engine);
    expect(await store.keys('subjects')).toEqual(everything.filter((key) => key !== 'mask of pinned'));
  });

  it('leaves what is kept again while it deletes, before a pin refers to it', async () => {
    const bytes = new Blob(['a picture of an earlier visit']);
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await bytes.arrayBuffer()));
    const id = Buffer.from(digest).toString('hex');
    await store.put('subjects', id, bytes);
    const remove = store.delete.bind(store);
    store.delete = async (table, key) => {
      await keepSubject(bytes);
      await remove(table, key);
    };
    await sweep(store, engine);
    expect(await store.keys('subjects')).toEqual([...used, id]);
  });
});

/** Locks as navigator.locks gives them, of one name; each entry is held. */
function fakeLocks(): Pick<LockManager, 'request'> {
  const held: ('shared' | 'exclusive')[] = [];
  let free: Promise<unknown> = Promise.resolve();
  const request = async (
    name: string,
    { mode = 'exclusive', ifAvailable = false }: LockOptions,
    grant: LockGrantedCallback<unknown>,
  ): Promise<unknown> => {
    if (ifAvailable && held.length > 0) return grant(null);
    if (mode === 'shared') await free;
    held.push(mode);
    const done = Promise.resolve(grant({ name, mode })).finally(() => held.splice(held.indexOf(mode), 1));
    if (mode === 'exclusive') free = done;
    return done;
  };
  return { request: request as LockManager['request'] };
}

describe('a page that starts', () => {
  it('sweeps where it is alone, and leaves all where another page is open', async () => {
    const locks = fakeLocks();
    await sweepWhereAlone(store, engine, locks);
    expect(await store.keys('subjects')).toEqual(used);
    await store.put('subjects', 'kept by the first page', new Blob());
    await sweepWhereAlone(store, engine, locks);
    expect(await store.keys('subjects')).toContain('kept by the first page');
  });
});
