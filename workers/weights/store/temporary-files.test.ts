import { beforeEach, describe, expect, it, vi } from 'vitest';

import { MemoryEnvironment, MemoryStorage } from '../../testing/storage/memory-storage.ts';
import { storageSink } from './storage-sink.ts';
import { TemporaryFiles } from './temporary-files.ts';

let storage = new MemoryStorage();
let platform = new MemoryEnvironment();
beforeEach(() => {
  storage = new MemoryStorage();
  platform = new MemoryEnvironment();
});
const life = () => new TemporaryFiles(storage, platform);

async function written(files: TemporaryFiles, ...bytes: readonly number[]): Promise<Blob> {
  const sink = await files.open();
  sink.write(Uint8Array.from(bytes));
  return sink.finish();
}

describe('files that end with their worker', () => {
  it('are one each, and let be while it lives', async () => {
    const own = life();
    const holdLock = vi.spyOn(platform, 'holdLock');
    const first = await written(own, 1, 2);
    await life().removeAbandoned();
    expect(await storage.list()).toHaveLength(1);
    const second = await written(own, 3);
    expect(await storage.list()).toHaveLength(2);
    await own.removeAbandoned();
    await life().removeAbandoned();
    expect(await storage.list()).toHaveLength(2);
    expect([first.size, second.size]).toEqual([2, 1]);
    // A lock that is held is never granted again.
    expect(holdLock).toHaveBeenCalledTimes(1);
  });

  it('are removed by the next one, with those of all that have ended, and nothing else', async () => {
    await written(life(), 1);
    await written(life(), 2);
    for (const name of ['temporary-x', 'temporary-x-1.data', 'a.data', 'my-temporary-x-1'])
      (await storage.open(name)).close();
    platform.releaseLocks();
    const next = life();
    await written(next, 3);
    await next.removeAbandoned();
    const names = await storage.list();
    expect(names.filter((name) => !name.startsWith('temporary-'))).toEqual(['a.data', 'my-temporary-x-1']);
    expect(names.filter((name) => name.startsWith('temporary-'))).toEqual([
      'temporary-x',
      'temporary-x-1.data',
      expect.stringMatching(/^temporary-[0-9a-f-]{36}-0$/u),
    ]);
  });

  it('are removed by their own where it has no more use for them', async () => {
    const own = life();
    const other = life();
    await written(own, 1);
    await written(own, 2);
    await written(other, 3);
    await own.removeOwn();
    expect(await storage.list()).toHaveLength(1);
    await written(own, 4);
    expect(await storage.list()).toHaveLength(2);
    await own.removeOwn();
    await other.removeOwn();
    expect(await storage.list()).toEqual([]);
  });
});

describe('a file of the storage that is written front to back', () => {
  it('replaces what was there before', async () => {
    const write = async (...pieces: readonly (readonly number[])[]) => {
      const sink = await storageSink(storage, 'a');
      for (const piece of pieces) sink.write(Uint8Array.from(piece));
      return new Uint8Array(await (await sink.finish()).arrayBuffer());
    };
    expect(await write([1, 2, 3], [4], [5, 6])).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6));
    expect(await write([7])).toEqual(Uint8Array.of(7));
    expect(await write()).toEqual(new Uint8Array());
  });

  it('is no more where it is thrown away', async () => {
    const sink = await storageSink(storage, 'a');
    sink.write(Uint8Array.of(1));
    await sink.discard();
    expect(await storage.list()).toEqual([]);
  });

  it('that the browser removed meanwhile is an error', async () => {
    const sink = await storageSink({ ...folderOf(storage), blob: () => Promise.resolve(null) }, 'a');
    sink.write(Uint8Array.of(1));
    await expect(sink.finish()).rejects.toMatchObject({ code: 'storage-unavailable' });
  });
});

const folderOf = (folder: MemoryStorage) => ({
  open: (name: string) => folder.open(name),
  blob: (name: string) => folder.blob(name),
  list: () => folder.list(),
  remove: (name: string) => folder.remove(name),
});
