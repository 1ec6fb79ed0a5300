import { patience, within } from '../../contract/within.ts';
import { PinwordError } from '../../errors.ts';
import type { StorageFile, StorageFolder } from './storage-file.ts';

/**
 * A folder of the origin private file system, for use in a worker: only its synchronous access handles can write OPFS
 * in every browser.
 * @throws PinwordError 'storage-unavailable' where the browser gives none, e.g. in some private windows
 */
export async function openOpfsFolder(name: string): Promise<StorageFolder> {
  const directory = async (): Promise<FileSystemDirectoryHandle> => {
    const root = await navigator.storage.getDirectory();
    return root.getDirectoryHandle(name, { create: true });
  };
  try {
    return opfsFolder(
      await within(patience.storage, directory(), () => {
        throw new Error('The browser gave no folder.');
      }),
    );
  } catch (thrown) {
    throw new PinwordError(
      'storage-unavailable',
      'This browser lets the site store no files (a private window, or blocked site data). Models are kept in memory and downloaded again next time.',
      { cause: thrown },
    );
  }
}

function opfsFolder(directory: FileSystemDirectoryHandle): StorageFolder {
  return {
    open: async (name) => {
      const handle = await directory.getFileHandle(name, { create: true }).catch(rethrow);
      if (!isAccessible(handle)) return rethrow(new DOMException('There are no access handles.', 'NotSupportedError'));
      return opfsFile(name, await openForAccess(handle).catch(rethrow));
    },
    blob: async (name) => {
      const handle = await directory.getFileHandle(name).catch(nullIfMissing);
      return handle === null ? null : handle.getFile().catch(nullIfMissing);
    },
    list: async () => {
      const names: string[] = [];
      for await (const name of directory.keys()) names.push(name);
      return names;
    },
    remove: async (name) => {
      await directory.removeEntry(name).catch(nullIfMissing);
    },
  };
}

/** What is used of a FileSystemSyncAccessHandle. */
interface AccessHandle {
  getSize(): number;
  read(buffer: Uint8Array, options: { readonly at: number }): number;
  write(buffer: Uint8Array<ArrayBuffer>, options: { readonly at: number }): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}

/** Only workers have it, hence the types of a page do not. */
interface AccessibleFile extends FileSystemFileHandle {
  createSyncAccessHandle(): Promise<AccessHandle>;
}

function isAccessible(handle: FileSystemFileHandle): handle is AccessibleFile {
  return 'createSyncAccessHandle' in handle;
}

/** Chromium never answers for a handle that its garbage collector takes in the meantime, so this holds it until then. */
const opening = new Set<FileSystemFileHandle>();

async function openForAccess(handle: AccessibleFile): Promise<AccessHandle> {
  opening.add(handle);
  try {
    return await within(patience.fileHandle, handle.createSyncAccessHandle(), () => {
      throw new DOMException('No access handle came.', 'InvalidStateError');
    });
  } finally {
    opening.delete(handle);
  }
}

function opfsFile(name: string, handle: AccessHandle): StorageFile {
  return {
    size: () => handle.getSize(),
    read: (offset, length) => {
      const bytes = new Uint8Array(length);
      return bytes.subarray(0, handle.read(bytes, { at: offset }));
    },
    write: (offset, bytes) => {
      // Chromium 156 gives a huge number instead of throwing where the quota is used up.
      if (attempt(() => handle.write(bytes, { at: offset })) !== bytes.length) throw diskFull(name);
    },
    truncate: (size) => {
      attempt(() => {
        handle.truncate(size);
      });
    },
    flush: () => {
      attempt(() => {
        handle.flush();
      });
    },
    close: () => {
      handle.close();
    },
  };
}

function attempt<T>(action: () => T): T {
  try {
    return action();
  } catch (thrown) {
    return rethrow(thrown);
  }
}

function diskFull(name: string, cause?: unknown): PinwordError {
  return new PinwordError(
    'storage-quota',
    `The browser's storage is full (while writing ${name}). Remove a stored model or free disk space, then load the model again to go on.`,
    { cause },
  );
}

function nullIfMissing(thrown: unknown): null {
  if (thrown instanceof DOMException && thrown.name === 'NotFoundError') return null;
  return rethrow(thrown);
}

function rethrow(thrown: unknown): never {
  if (!(thrown instanceof DOMException)) throw thrown;
  if (thrown.name === 'QuotaExceededError') throw diskFull('a model', thrown);
  if (thrown.name === 'NoModificationAllowedError' || thrown.name === 'InvalidStateError') {
    throw new PinwordError(
      'storage-busy',
      'Another tab is using this stored file. Close the other tab or wait for it.',
      { cause: thrown },
    );
  }
  throw new PinwordError('storage-unavailable', `The browser refused to read or write stored files. Reload the page.`, {
    cause: thrown,
  });
}
