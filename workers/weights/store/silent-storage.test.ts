import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { patience } from '../../contract/within.ts';
import { type ErrorCode, PinwordError } from '../../errors.ts';
import { browserStorage } from './browser-storage.ts';
import { openModelStorage, openTokenFiles } from './open-model-storage.ts';
import { openOpfsFolder } from './opfs-folder.ts';
import type { StorageFile } from './storage-file.ts';

const silent = (): Promise<never> => new Promise(() => undefined);

/** A folder with a file of one kind: what its methods answer is what a browser would. */
function folderOf(file: Record<string, unknown>) {
  return {
    getFileHandle: () => Promise.resolve(file),
    removeEntry: () => Promise.resolve(),
    keys: () => [].values(),
  };
}

/** The names of the folders that were asked for. */
let asked: string[] = [];

function stubStorage(storage: Record<string, unknown>): void {
  vi.stubGlobal('navigator', { storage });
}

function stubFolder(folder: unknown): void {
  const getDirectoryHandle = (name: string): Promise<unknown> => {
    asked.push(name);
    return Promise.resolve(folder);
  };
  stubStorage({ getDirectory: () => Promise.resolve({ getDirectoryHandle }) });
}

beforeEach(() => {
  asked = [];
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** What becomes of a task that a browser leaves without an answer for this long. */
async function after<T>(milliseconds: number, task: Promise<T>): Promise<T | PinwordError> {
  const outcome = task.catch((thrown: unknown) => {
    if (thrown instanceof PinwordError) return thrown;
    throw thrown;
  });
  await vi.advanceTimersByTimeAsync(milliseconds);
  return outcome;
}

describe('a browser whose storage never answers', () => {
  it('is one without storage where it gives no folder', async () => {
    stubStorage({ getDirectory: silent });
    expect(await after(patience.storage, openOpfsFolder('models'))).toMatchObject({ code: 'storage-unavailable' });
    expect(await after(patience.storage, openModelStorage('/'))).toMatchObject({ code: 'storage-unavailable' });
    expect(await after(patience.storage, openTokenFiles('/').get('00'))).toBeNull();
  });

  it('has a busy file where it gives no access to one', async () => {
    stubFolder(folderOf({ createSyncAccessHandle: silent }));
    const folder = await openOpfsFolder('models');
    expect(await after(patience.fileHandle, folder.open('a.data'))).toMatchObject({ code: 'storage-busy' });
  });

  it('gives no files where it has no access handles', async () => {
    stubFolder(folderOf({}));
    await expect((await openOpfsFolder('models')).open('a.data')).rejects.toMatchObject({
      code: 'storage-unavailable',
    });
  });

  it('tells no quota and promises nothing', async () => {
    stubStorage({ estimate: silent, persisted: silent });
    const platform = browserStorage('pinword/');
    expect(await after(patience.storage, platform.estimate())).toBeNull();
    expect(await after(patience.storage, platform.persisted())).toBe(false);
  });
});

describe('what a browser says of its storage', () => {
  const handle = {
    getSize: () => 5,
    read: (bytes: Uint8Array) => {
      bytes.set([1, 2]);
      return 2;
    },
    write: (bytes: Uint8Array): number => bytes.length,
    truncate: () => undefined,
    flush: () => undefined,
    close: () => undefined,
  };
  type Changes = Partial<Record<keyof typeof handle, () => unknown>>;
  const open = (changes: Changes): Promise<StorageFile> => {
    stubFolder(folderOf({ createSyncAccessHandle: () => Promise.resolve({ ...handle, ...changes }) }));
    return openOpfsFolder('models').then((folder) => folder.open('a.data'));
  };
  const refusing =
    (name: string): (() => unknown) =>
    () => {
      throw new DOMException('', name);
    };

  it('is read, fewer bytes at the end of a file', async () => {
    const file = await open({});
    expect(file.size()).toBe(5);
    expect([...file.read(3, 9)]).toEqual([1, 2]);
  });

  it.each<readonly [string, Changes, ErrorCode]>([
    ['writes fewer bytes than it was given', { write: () => 2 }, 'storage-quota'],
    ['throws QuotaExceededError', { write: refusing('QuotaExceededError') }, 'storage-quota'],
    ['throws NoModificationAllowedError', { write: refusing('NoModificationAllowedError') }, 'storage-busy'],
    ['throws InvalidStateError', { write: refusing('InvalidStateError') }, 'storage-busy'],
    ['throws UnknownError', { write: refusing('UnknownError') }, 'storage-unavailable'],
    ['cannot flush', { flush: refusing('QuotaExceededError') }, 'storage-quota'],
    ['cannot truncate', { truncate: refusing('UnknownError') }, 'storage-unavailable'],
  ])('is an error with a code where it %s', async (_, changes, code) => {
    const file = await open(changes);
    const work = () => {
      file.truncate(0);
      file.write(0, Uint8Array.of(1, 2, 3));
      file.flush();
    };
    expect(work).toThrow(expect.objectContaining({ code }));
  });

  it('is null of a file that is missing, and an error of one that it does not give', async () => {
    const failing = (name: string) => () => Promise.reject(new DOMException('', name));
    stubFolder({ ...folderOf({}), getFileHandle: failing('NotFoundError'), removeEntry: failing('NotFoundError') });
    const folder = await openOpfsFolder('models');
    expect(await folder.blob('a.data')).toBeNull();
    await folder.remove('a.data');
    stubFolder({ ...folderOf({}), getFileHandle: failing('TypeMismatchError') });
    await expect((await openOpfsFolder('models')).blob('a.data')).rejects.toMatchObject({
      code: 'storage-unavailable',
    });
  });
});

/** A folder of a browser's, as far as it is used. */
function folderWith(files: Map<string, number[]>, made: string[] = []) {
  const missing = () => Promise.reject(new DOMException('', 'NotFoundError'));
  const handleOf = (name: string) => ({
    getFile: () => Promise.resolve(new Blob([Uint8Array.from(files.get(name) ?? [])])),
    createSyncAccessHandle: () =>
      Promise.resolve({
        write: (bytes: Uint8Array, { at }: { readonly at: number }) => {
          files.get(name)?.splice(at, bytes.length, ...bytes);
          return bytes.length;
        },
        flush: () => undefined,
        close: () => void made.push(`${name} closed`),
      }),
  });
  return {
    getFileHandle: (name: string, options?: { readonly create?: boolean }) => {
      if (options?.create === true && !files.has(name)) files.set(name, []);
      return files.has(name) ? Promise.resolve(handleOf(name)) : missing();
    },
    removeEntry: (name: string) => (files.delete(name) ? Promise.resolve() : missing()),
    keys: () => files.keys(),
  };
}

describe('a folder of a browser', () => {
  it('gives, lists and removes its files, and makes those that are opened', async () => {
    const made: string[] = [];
    stubFolder(folderWith(new Map([['a', [1, 2]]]), made));
    const folder = await openOpfsFolder('models');
    expect((await folder.blob('a'))?.size).toBe(2);
    const file = await folder.open('b');
    file.write(0, Uint8Array.of(3));
    file.close();
    expect(made).toEqual(['b closed']);
    expect(await folder.list()).toEqual(['a', 'b']);
    expect(await (await folder.blob('b'))?.arrayBuffer()).toEqual(Uint8Array.of(3).buffer);
    await folder.remove('a');
    expect(await folder.list()).toEqual(['b']);
  });

  it('is made where it is missing', async () => {
    const options: unknown[] = [];
    const getDirectoryHandle = (_: string, given: unknown) => Promise.resolve(options.push(given));
    stubStorage({ getDirectory: () => Promise.resolve({ getDirectoryHandle }) });
    await openOpfsFolder('models');
    expect(options).toEqual([{ create: true }]);
  });

  it('hides no faults of its own', async () => {
    const fault = new TypeError('fault');
    stubFolder({ ...folderOf({}), getFileHandle: () => Promise.reject(fault) });
    await expect((await openOpfsFolder('models')).open('a')).rejects.toBe(fault);
    await expect((await openOpfsFolder('models')).blob('a')).rejects.toBe(fault);
  });

  it('is without what ended lives left in it, once models are opened', async () => {
    const orphan = `${'0'.repeat(32)}.data`;
    const files = new Map([orphan, 'temporary-life-0', 'temporary-other-0', 'somebody'].map((name) => [name, [1]]));
    stubFolder(folderWith(files));
    const request = (name: string, _: unknown, granted: (lock: unknown) => unknown) =>
      Promise.resolve(granted(name.includes('other') ? null : {}));
    vi.stubGlobal('navigator', { storage: navigator.storage, locks: { request } });
    await openModelStorage('/');
    expect([...files.keys()]).toEqual(['temporary-other-0', 'somebody']);
  });
});

it.each([
  ['/', ['models', 'looks']],
  ['/pinword/', ['pinword%2Fpinword%2F', 'pinword%2Fpinword%2F%20looks']],
  ['/other/', ['pinword%2Fother%2F', 'pinword%2Fother%2F%20looks']],
])('the folders of a site at %s are its own', async (path, names) => {
  stubFolder(folderOf({ getFile: () => Promise.resolve(new Blob()) }));
  await openModelStorage(path);
  await openTokenFiles(path).get('00');
  expect(asked).toEqual(names);
});
