import { afterEach, describe, expect, it, vi } from 'vitest';

import { sha256OfText } from './hashes.ts';
import { fetchListing } from './hub-api.ts';
import { hubIdentity, openHub } from './hub-source.ts';
import { openSource } from './open-source.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

const location = { endpoint: 'https://hub.example', repo: 'someone/model', revision: 'refs/pr/1' };
const sha = '0123456789abcdef0123456789abcdef01234567';
const file = (rfilename: string, more: object = {}) => ({ rfilename, blobId: 'b'.repeat(40), ...more });
const lfs = { lfs: { sha256: 'c'.repeat(64) } };

let asked: string[] = [];

function answer(body: unknown, init: ResponseInit = {}): void {
  asked = [];
  vi.stubGlobal('fetch', (url: string, { method = 'GET' }: RequestInit) => {
    asked.push(`${method} ${url}`);
    return Promise.resolve(new Response(typeof body === 'string' ? body : JSON.stringify(body), init));
  });
}

describe('what a hub tells of a revision', () => {
  it('is its commit, its licence and its files with their hashes', async () => {
    answer({ sha, cardData: { license: 'mit' }, siblings: [file('a.json'), file('b.safetensors', lfs)] });
    expect(await fetchListing(location, {})).toMatchObject({
      commit: sha,
      licence: 'mit',
      files: new Map([
        ['a.json', null],
        ['b.safetensors', 'c'.repeat(64)],
      ]),
      // What an earlier version recorded must be recognised.
      content: await sha256OfText(`${'b'.repeat(40)} a.json\n${'c'.repeat(64)} b.safetensors`),
    });
    expect(asked).toEqual(['GET https://hub.example/api/models/someone/model/revision/refs%2Fpr%2F1?blobs=true']);
  });

  it.each([
    [['mit', 'apache-2.0'], 'mit, apache-2.0'],
    [null, null],
    [undefined, null],
  ])('the licence %j is %j', async (license, expected) => {
    answer({ sha, cardData: { license }, siblings: [] });
    expect((await fetchListing(location, {}))?.licence).toBe(expected);
    answer({ sha, cardData: null, siblings: [] });
    expect((await fetchListing(location, {}))?.licence).toBeNull();
  });

  it.each([
    ['another file that is read', [file('a.json'), file('b.bin', lfs)], true],
    ['another hash of one', [file('a.json', { blobId: 'd'.repeat(40) })], true],
    ['another card', [file('a.json'), file('README.md')], false],
    ['another picture', [file('a.json'), file('x.png'), file('a.json.md')], false],
  ])('content is another one with %s: %j, %s', async (_, siblings, isOther) => {
    const contentOf = async (files: readonly object[]) => {
      answer({ sha, siblings: files });
      return (await fetchListing(location, {}))?.content;
    };
    const before = await contentOf([file('a.json')]);
    expect((await contentOf(siblings)) !== before).toBe(isOther);
    expect(await contentOf([...siblings].reverse())).toBe(await contentOf(siblings));
  });

  it('has no content that is known where the hash of a file is not', async () => {
    for (const others of [[], [file('b.json')]]) {
      answer({ sha, siblings: [{ rfilename: 'a.json' }, ...others] });
      expect((await fetchListing(location, {}))?.content).toBeNull();
    }
  });

  it.each([
    ['no JSON', 'nothing here'],
    ['a commit that is none', { sha: 'main', siblings: [] }],
    ['a hash that is none', { sha, siblings: [file('a', { lfs: { sha256: 'x' } })] }],
    ['no files', { sha }],
  ])('is nothing where it is %s', async (_, body) => {
    answer(body);
    expect(await fetchListing(location, {})).toBeNull();
  });

  it('is refused where there is no such repository, and nothing where there is no such address', async () => {
    answer('', { status: 404, headers: { 'X-Error-Code': 'RepoNotFound' } });
    await expect(fetchListing(location, {})).rejects.toMatchObject({
      code: 'file-not-found',
      message: expect.stringContaining(
        'hub.example has no model "someone/model" with the revision "refs/pr/1"',
      ) as string,
    });
    answer('', { status: 404 });
    expect(await fetchListing(location, {})).toBeNull();
    answer('', { status: 401 });
    await expect(fetchListing(location, {})).rejects.toMatchObject({ code: 'http-status' });
  });
});

it('an answer that refuses a repository is given up', async () => {
  let isGivenUp = false;
  const cancel = () => {
    isGivenUp = true;
  };
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(new ReadableStream({ cancel }), { status: 404 })));
  expect(await fetchListing(location, {})).toBeNull();
  expect(isGivenUp).toBe(true);
});

describe('a mirror of the files', () => {
  it.each([
    [sha, sha],
    [null, 'refs/pr/1'],
  ])('tells its commit with a small file: %s', async (header, commit) => {
    asked = [];
    vi.stubGlobal('fetch', (url: string, { method = 'GET' }: RequestInit) => {
      asked.push(`${method} ${url}`);
      return Promise.resolve(
        url.includes('/api/')
          ? new Response('', { status: 404 })
          : new Response(null, { headers: header === null || method !== 'HEAD' ? {} : { 'X-Repo-Commit': header } }),
      );
    });
    const files = await openHub({ ...location, endpoint: 'https://hub.example//' }, {});
    expect(asked).toEqual([
      'GET https://hub.example/api/models/someone/model/revision/refs%2Fpr%2F1?blobs=true',
      'HEAD https://hub.example/someone/model/resolve/refs%2Fpr%2F1/model_index.json',
    ]);
    expect(files).toMatchObject({ commit, content: null, identity: `hub:https://hub.example/someone/model@${commit}` });
  });
});

it('a repository is named by its hub without a slash at the end', () => {
  expect(hubIdentity({ ...location, endpoint: 'https://hub.example///', revision: sha })).toBe(
    `hub:https://hub.example/someone/model@${sha}`,
  );
});

describe('where a model is opened from', () => {
  const options = { embeddedUrl: 'https://site.example/models/book/' };

  it('a folder behind an address is named by it, and the site’s own by nothing', async () => {
    const url = await openSource({ kind: 'url', baseUrl: 'https://host.example/a/my%20model//' }, options);
    expect(url).toMatchObject({ name: 'my%20model', identity: 'url:https://host.example/a/my%20model' });
    expect(await openSource({ kind: 'embedded' }, options)).toMatchObject({ name: 'book', identity: null });
    const folder = await openSource({ kind: 'folder', name: 'mine', files: [] }, options);
    expect(folder).toMatchObject({ name: 'mine', identity: null });
  });

  it('paths are written as addresses are', async () => {
    answer('{}');
    const files = await openSource({ kind: 'url', baseUrl: 'https://host.example/m' }, options);
    await files.find('a b/c#d.json');
    expect(asked).toEqual(['GET https://host.example/m/a%20b/c%23d.json']);
  });
});

describe('the files of a repository', () => {
  const options = { embeddedUrl: '' };
  const siblings = [file('a.json'), file('w.safetensors', lfs), file('page.json')];

  function serve(): void {
    asked = [];
    vi.stubGlobal('fetch', (url: string) => {
      asked.push(url);
      const body = url.includes('/api/') ? JSON.stringify({ sha, cardData: { license: 'mit' }, siblings }) : '{}';
      const headers = { 'Content-Type': url.endsWith('page.json') ? 'text/html' : 'text/plain' };
      return Promise.resolve(new Response(body, { headers }));
    });
  }

  it('are those of its listing, with their hashes, at one commit', async () => {
    serve();
    const files = await openSource({ kind: 'hub', ...location }, options);
    expect(files).toMatchObject({ name: 'someone/model', identity: `hub:https://hub.example/someone/model@${sha}` });
    expect(await files.licence()).toBe('mit');
    asked = [];
    expect(await files.find('none.json')).toBeNull();
    expect(asked).toEqual([]);
    expect(await files.find('a.json')).toMatchObject({ size: 2, sha256: null });
    expect(await files.find('w.safetensors')).toMatchObject({ sha256: 'c'.repeat(64) });
    expect(asked).toEqual(
      ['a.json', 'w.safetensors'].map((path) => `https://hub.example/someone/model/resolve/${sha}/${path}`),
    );
  });

  it.each([
    ['hub', { kind: 'hub', ...location }],
    ['plain host', { kind: 'url', baseUrl: 'https://host.example/m' }],
  ] as const)('that come as pages are missing, and it is told why (%s)', async (_, source) => {
    serve();
    const files = await openSource(source, options);
    expect(await files.find('a.json')).not.toBeNull();
    expect(await files.find('page.json')).toBeNull();
    expect(files.whyMissing('page.json')).toMatchObject({ code: 'not-a-model-file' });
    expect(files.whyMissing('a.json')).toBeNull();
  });

  it('of a plain host are asked for with If-Range, where it tells their version', async () => {
    const sent: (string | null)[] = [];
    vi.stubGlobal('fetch', (_: string, { headers }: RequestInit) => {
      sent.push(new Headers(headers).get('If-Range'));
      const range = sent.length === 1 ? 'bytes 0-131071/200000' : 'bytes 150000-150009/200000';
      const body = new Uint8Array(sent.length === 1 ? 131_072 : 10);
      return Promise.resolve(new Response(body, { status: 206, headers: { 'Content-Range': range, ETag: '"1"' } }));
    });
    const files = await openSource({ kind: 'url', baseUrl: 'https://host.example/m' }, options);
    await (await files.find('w.safetensors'))?.read(150_000, 10);
    expect(sent).toEqual([null, '"1"']);
  });
});
