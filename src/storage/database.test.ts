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
