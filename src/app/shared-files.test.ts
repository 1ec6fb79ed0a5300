import { beforeEach, describe, expect, it, vi } from 'vitest';

import { toastStore } from '../ui/toast.ts';
import { launchQueueOf, shareAnswer, takeLaunched, takeShared, tellShare } from './shared-files.ts';

const root = 'https://example.org/';
vi.stubGlobal('document', { baseURI: root });

let kept: Map<string, Response>;
const cache = {
  keys: () => Promise.resolve([...kept.keys()].map((url) => new Request(url))),
  match: ({ url }: Request) => Promise.resolve(kept.get(url)),
  delete: ({ url }: Request) => Promise.resolve(kept.delete(url)),
};
const storage = (exists: boolean) => ({
  has: () => Promise.resolve(exists),
  open: () => Promise.resolve(cache as unknown as Cache),
});
const locks = {
  request: (_: string, run: () => unknown) => Promise.resolve(run()),
} as unknown as Pick<LockManager, 'request'>;

beforeEach(() => {
  const headers = { 'Content-Type': 'image/jpeg', 'X-File-Name': encodeURIComponent('Мой пёс.jpg') };
  kept = new Map([[`${root}share/1`, new Response('dog', { headers })]]);
  toastStore.setState({ toasts: [] });
});

describe('what was shared', () => {
  it('is taken once, as files with their names', async () => {
    const taken: (readonly File[])[] = [];
    const take = (files: readonly File[]): Promise<void> => {
      taken.push(files);
      return Promise.resolve();
    };
    await takeShared(take, root, storage(true), locks);
    await takeShared(take, root, storage(true), locks);
    expect(taken).toHaveLength(1);
    const [[file] = []] = taken;
    expect([file?.name, file?.type, await file?.text()]).toEqual(['Мой пёс.jpg', 'image/jpeg', 'dog']);
    expect(kept.size).toBe(0);
  });

  it('is not looked for where nothing was ever shared', async () => {
    const take = vi.fn();
    await takeShared(take, root, storage(false), locks);
    expect(take).not.toHaveBeenCalled();
    expect(kept.size).toBe(1);
  });

  it('and is not here is told in a sentence', () => {
    expect([shareAnswer(`${root}?shared=none`), shareAnswer(root)]).toEqual(['none', null]);
    for (const answer of ['none', 'full', 'kept', null]) tellShare(answer);
    expect(toastStore.getState().toasts.map(({ message }) => message)).toEqual([
      'What was shared holds no picture.',
      'There was no room to keep all that was shared. Make room on this device, then share it again.',
    ]);
  });
});

it('files that are opened with the app are taken as if they were dropped; one that cannot be read is named', async () => {
  let launch: (params: object) => void = () => undefined;
  const window = { launchQueue: { setConsumer: (consumer: typeof launch) => (launch = consumer) } };
  const taken: string[] = [];
  takeLaunched(launchQueueOf(window), (files) => {
    taken.push(...files.map(({ name }) => name));
    return Promise.resolve();
  });
  launch({ targetURL: root });
  launch({
    files: [
      { name: 'gone.png', getFile: () => Promise.reject(new Error('gone')) },
      { name: 'a.png', getFile: () => Promise.resolve(new File(['a'], 'a.png')) },
    ],
  });
  await vi.waitFor(() => {
    expect(taken).toEqual(['a.png']);
  });
  expect(toastStore.getState().toasts.map(({ message }) => message)).toEqual([
    'gone.png could not be read. Drop it on the page instead.',
  ]);
  expect(launchQueueOf({})).toBeNull();
});
