import { afterEach, expect, it, vi } from 'vitest';
import { patience } from '../../workers/api.ts';
import { openStore } from './database.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it.each([
  ['never answers', () => new EventTarget()],
  [
    'is refused',
    () => {
      throw new Error('no databases here');
    },
  ],
])('a database that %s leaves the page with memory that does not last', async (_, open) => {
  vi.useFakeTimers();
  vi.stubGlobal('IDBRequest', EventTarget);
  vi.stubGlobal('document', { baseURI: 'https://example.org/pinword/' });
  vi.stubGlobal('indexedDB', { open });
  const opened = openStore();
  await vi.advanceTimersByTimeAsync(patience.storage);
  const { store, lasting } = await opened;
  expect(lasting).toBe(false);
  await store.put('slices', 'a', 1);
  expect(await store.get('slices', 'a')).toBe(1);
});

/** A database that opens at once. */
function stubDatabase(): { closed: () => boolean; upgradeElsewhere: () => void } {
  let closed = false;
  class Database extends EventTarget {
    close() {
      closed = true;
    }
  }
  const database = new Database();
  class Opening extends EventTarget {
    readonly result = database;
  }
  vi.stubGlobal('IDBRequest', Opening);
  vi.stubGlobal('IDBDatabase', Database);
  for (const name of ['IDBObjectStore', 'IDBIndex', 'IDBCursor', 'IDBTransaction'])
    vi.stubGlobal(name, class extends EventTarget {});
  vi.stubGlobal('indexedDB', {
    open: () => {
      const opening = new Opening();
      queueMicrotask(() => opening.dispatchEvent(new Event('success')));
      return opening;
    },
  });
  return {
    closed: () => closed,
    upgradeElsewhere: () => {
      database.dispatchEvent(Object.assign(new Event('versionchange'), { oldVersion: 3, newVersion: 4 }));
    },
  };
}

it('a database lets go where a newer version of the site wants it', async () => {
  vi.stubGlobal('document', { baseURI: 'https://example.org/' });
  const { closed, upgradeElsewhere } = stubDatabase();
  expect((await openStore()).lasting).toBe(true);
  expect(closed()).toBe(false);
  upgradeElsewhere();
  expect(closed()).toBe(true);
});

it.each([
  ['https://example.org/', 'pinword'],
  ['https://example.org/studio/index.html', 'pinword/studio/'],
])('the database of the site at %s is %s', async (baseURI, name) => {
  const names: string[] = [];
  vi.stubGlobal('document', { baseURI });
  vi.stubGlobal('indexedDB', {
    open: (opened: string) => {
      names.push(opened);
      throw new Error('no databases here');
    },
  });
  await openStore();
  expect(names).toEqual([name]);
});
