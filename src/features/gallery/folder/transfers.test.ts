import { beforeEach, describe, expect, it, vi } from 'vitest';

import { toastStore } from '../../../ui/toast.ts';
import { pngEngine } from '../../../../workers/testing/files/png-engine.ts';
import { testPicture as picture } from '../test-picture.ts';
import { runTransfer, transferStore } from './transfer-store.ts';
import { saveToFolder, takeFolder } from './transfers.ts';

/** A folder of the browser's, in memory. */
class MemoryDirectory {
  readonly name = 'holidays';
  readonly kind = 'directory';
  readonly files = new Map<string, Blob>();
  /** What happens when this file is written. */
  onWrite: (name: string) => void = () => undefined;

  async *keys(): AsyncGenerator<string> {
    for (const name of this.files.keys()) yield await Promise.resolve(name);
  }

  async *values(): AsyncGenerator<FileSystemHandle> {
    await Promise.resolve();
    throw new DOMException('gone', 'NotFoundError');
  }

  getFileHandle(name: string, { create = false } = {}): Promise<object> {
    if (!this.files.has(name) && !create) return Promise.reject(new DOMException(name, 'NotFoundError'));
    if (create && !this.files.has(name)) this.files.set(name, new Blob());
    let written = new Blob();
    return Promise.resolve({
      getFile: () => Promise.resolve(new File([this.files.get(name) ?? ''], name)),
      createWritable: () =>
        Promise.resolve({
          write: (bytes: Blob) => {
            this.onWrite(name);
            written = bytes;
            return Promise.resolve();
          },
          close: () => {
            this.files.set(name, written);
            return Promise.resolve();
          },
          abort: () => Promise.resolve(),
        }),
    });
  }

  removeEntry(name: string): Promise<void> {
    this.files.delete(name);
    return Promise.resolve();
  }
}

let directory: MemoryDirectory;
const said = () => toastStore.getState().toasts.map(({ message }) => message);

function throwing(name: string): (file: string) => void {
  return (file) => {
    if (file.endsWith('.png')) throw new DOMException('', name);
  };
}

beforeEach(() => {
  directory = new MemoryDirectory();
  toastStore.setState({ toasts: [] });
  vi.stubGlobal('showDirectoryPicker', () => Promise.resolve(directory));
});

describe('pictures that are saved to a folder', () => {
  it('lie there with their bytes', async () => {
    await saveToFolder(pngEngine, [picture]);
    expect([...directory.files.keys()]).toEqual(['pinword-a-dog-7.png', 'pinword-gallery.json']);
    expect(await directory.files.get('pinword-a-dog-7.png')?.text()).toBe('png');
    expect(said()).toEqual(['1 of 1 picture is in “holidays”, with stars and times.']);
  });

  it.each([
    ['QuotaExceededError', 'The disk is full: make room.'],
    ['NotAllowedError', 'The browser no longer lets this page use the folder: choose it again.'],
    ['NotFoundError', 'The folder is no longer there: choose another one.'],
    ['UnknownError', 'The folder could not be written.'],
  ])('where %s ends it, leave no half file, and that is said', async (name, sentence) => {
    directory.onWrite = throwing(name);
    await saveToFolder(pngEngine, [picture]);
    expect([...directory.files.keys()]).toEqual([]);
    expect(said()).toEqual([
      `${sentence} 0 of 1 picture is in “holidays”; saving there again goes on from here. All of them are still in this browser.`,
    ]);
    expect(transferStore.getState().transfer).toBeNull();
  });

  it('can be stopped, which is no error', async () => {
    directory.onWrite = () => transferStore.getState().transfer?.cancel();
    await saveToFolder(pngEngine, [picture, { ...picture, id: '2' }]);
    expect(said()).toEqual([expect.stringMatching(/^Stopped\. 1 of 2 pictures are in “holidays”/u)]);
    expect(toastStore.getState().toasts[0]?.kind).toBe('note');
  });

  it('go nowhere where the person closes the chooser', async () => {
    vi.stubGlobal('showDirectoryPicker', () => Promise.reject(new DOMException('', 'AbortError')));
    await saveToFolder(pngEngine, [picture]);
    expect(said()).toEqual([]);
  });

  it('go nowhere where the browser refuses the folder, and that is said', async () => {
    vi.stubGlobal('showDirectoryPicker', () => Promise.reject(new DOMException('', 'SecurityError')));
    await saveToFolder(pngEngine, [picture]);
    expect(said()).toEqual(['The browser did not let this page use the folder. Choose another one.']);
  });
});

it('a folder that goes away while it is read ends in a sentence', async () => {
  await takeFolder(pngEngine);
  expect(said()).toEqual([
    'The folder is no longer there: choose another one. What was read before is here; reading it again goes on from there.',
  ]);
});

it('one transfer runs at a time', async () => {
  let end: () => void = () => undefined;
  const first = runTransfer('Saving', () => new Promise((resolve) => (end = resolve)));
  const second = vi.fn();
  await runTransfer('Reading', second);
  expect(second).not.toHaveBeenCalled();
  expect(transferStore.getState().transfer).toMatchObject({ text: 'Saving', done: 0, total: 0 });
  end();
  await first;
  expect(transferStore.getState().transfer).toBeNull();
});
