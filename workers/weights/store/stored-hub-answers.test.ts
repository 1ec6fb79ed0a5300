import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { MemoryEnvironment, MemoryStorage } from '../../testing/storage/memory-storage.ts';
import { sha256OfText } from '../sources/hashes.ts';
import { HeadStore } from './head-store.ts';
import { openStoredHub } from './stored-hub.ts';

const location = { endpoint: 'https://hub.example', repo: 'someone/model', revision: 'main' };
const commit = (digit: string): string => digit.repeat(40);

let storage = new MemoryStorage();
beforeEach(() => {
  storage = new MemoryStorage();
});
afterEach(() => {
  vi.unstubAllGlobals();
});

/** Opens the model where the hub lists this; null: it has no listing, and says no commit. */
async function open(listing: object | null) {
  vi.stubGlobal('fetch', () =>
    Promise.resolve(
      listing === null ? new Response('', { status: 404 }) : new Response(JSON.stringify({ siblings: [], ...listing })),
    ),
  );
  const platform = new MemoryEnvironment();
  return openStoredHub(location, {}, { folder: storage, platform, heads: new HeadStore(storage, platform) });
}

const siblings = (blobId: string | null) => [{ rfilename: 'unet/config.json', blobId }];
const at = (digit: string) => `hub:https://hub.example/someone/model@${commit(digit)}`;

it('a newer commit is the stored one where the hub shows that its files are the same, and only there', async () => {
  const first = await open({ sha: commit('1'), siblings: siblings('aa') });
  expect(first.identity).toBe(at('1'));
  expect((await open({ sha: commit('2'), siblings: siblings('aa') })).identity).toBe(at('1'));
  expect((await open({ sha: commit('3'), siblings: siblings('bb') })).identity).toBe(at('3'));
  expect((await open({ sha: commit('4'), siblings: siblings(null) })).identity).toBe(at('4'));
  expect((await open({ sha: commit('5'), siblings: siblings(null) })).identity).toBe(at('5'));
});

it('a mirror that names no commits opens again and again', async () => {
  for (let time = 0; time < 2; time++) {
    const files = await open(null);
    expect(files.identity).toBe('hub:https://hub.example/someone/model@main');
    expect(files.storedInstead()).toBeNull();
  }
});

it('a hub that named a commit and now is none gives what is stored, and says so', async () => {
  await open({ sha: commit('1'), siblings: siblings('aa') });
  const files = await open(null);
  expect(files.identity).toBe(at('1'));
  expect(files.storedInstead()).toMatchObject({
    code: 'http-status',
    message: expect.stringContaining('hub.example') as string,
  });
});

it('what a revision was keeps its name from version to version', async () => {
  await open({ sha: commit('1'), siblings: siblings('aa') });
  const name = (await sha256OfText(JSON.stringify(['https://hub.example', 'someone/model', 'main']))).slice(0, 32);
  expect(await storage.list()).toEqual([`hub-${name}.a`]);
});
