import { beforeEach, expect, it } from 'vitest';

import { isShare, takeShare } from './share-target.ts';

const root = 'https://example.org/pinword/';

/** What the browser's cache does of it. */
class MemoryCache {
  readonly kept = new Map<string, Response>();
  room = Infinity;

  put(key: string, value: Response): Promise<void> {
    if (this.kept.size >= this.room) return Promise.reject(new DOMException('full', 'QuotaExceededError'));
    this.kept.set(key, value);
    return Promise.resolve();
  }
}

let cache: MemoryCache;
const opened: string[] = [];
const storage = {
  open: (name: string) => {
    opened.push(name);
    return Promise.resolve(cache as unknown as Cache);
  },
};

beforeEach(() => {
  cache = new MemoryCache();
  opened.length = 0;
});

function share(...files: readonly (readonly [name: string, text: string])[]): Request {
  const body = new FormData();
  body.set('title', 'My dog');
  for (const [name, text] of files) body.append('pictures', new File([text], name, { type: 'image/jpeg' }));
  return new Request(`${root}share`, { method: 'POST', body });
}

it('a share is a POST to its one address', () => {
  expect(isShare(share(), root)).toBe(true);
  expect(isShare({ method: 'POST', url: `${root}share?from=gallery` }, root)).toBe(true);
  expect(isShare({ method: 'GET', url: `${root}share` }, root)).toBe(false);
  expect(isShare({ method: 'POST', url: `${root}share/more` }, root)).toBe(false);
  expect(isShare({ method: 'POST', url: 'https://example.org/share' }, root)).toBe(false);
});

it('pictures that are shared are kept with their names, and the page is opened', async () => {
  const answer = await takeShare(share(['Мой пёс.jpg', 'first'], ['b.jpg', 'second']), root, storage);
  expect([answer.status, answer.headers.get('Location')]).toEqual([303, `${root}?shared=kept`]);
  expect(opened).toEqual([`pinword shared ${root}`]);
  const kept = [...cache.kept.values()];
  expect(kept.map(({ headers }) => decodeURIComponent(headers.get('X-File-Name') ?? ''))).toEqual([
    'Мой пёс.jpg',
    'b.jpg',
  ]);
  expect(await Promise.all(kept.map((each) => each.text()))).toEqual(['first', 'second']);
  expect(kept[0]?.headers.get('Content-Type')).toBe('image/jpeg');
});

it('a share without a file, or one that is no form, is told to the page', async () => {
  const broken = new Request(`${root}share`, { method: 'POST', body: 'x', headers: { 'Content-Type': 'text/plain' } });
  for (const request of [share(), share(['empty.jpg', '']), broken]) {
    const answer = await takeShare(request, root, storage);
    expect(answer.headers.get('Location')).toBe(`${root}?shared=none`);
  }
  expect(cache.kept.size).toBe(0);
});

it('where there is no room the page says so, and takes what found room', async () => {
  cache.room = 1;
  const answer = await takeShare(share(['a.jpg', 'a'], ['b.jpg', 'b']), root, storage);
  expect(answer.headers.get('Location')).toBe(`${root}?shared=full`);
  expect(cache.kept.size).toBe(1);
});
