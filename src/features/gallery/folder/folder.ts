/** A folder of this machine, where the browser lets a page have one (File System Access). */

/** What is written to and read from; a test has its own. */
export interface Folder {
  names(): Promise<readonly string[]>;
  /** @returns null where there is no such file */
  read(name: string): Promise<File | null>;
  /** Whole or not at all: what was there stays until the new file is complete. */
  write(name: string, bytes: Blob): Promise<void>;
}

/** A file, and where it lies below the folder or in the zip that was chosen: "a/b.png". */
export interface PathFile {
  readonly path: string;
  /** Its bytes: out of a zip when they are asked for. @throws Error where they cannot be had */
  readonly read: () => Promise<File>;
}

export function pathFile(path: string, file: File): PathFile {
  return { path, read: () => Promise.resolve(file) };
}

export function nameIn(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

interface PickerOptions {
  readonly id: string;
  readonly mode: 'read' | 'readwrite';
  readonly startIn: 'pictures';
}

interface Picker {
  readonly showDirectoryPicker?: (options: PickerOptions) => Promise<FileSystemDirectoryHandle>;
}

const picker = globalThis as Picker;

/** Chromium on computers and on Android 132 and later; no other browser. */
export function hasFolders(): boolean {
  return typeof picker.showDirectoryPicker === 'function';
}

/** @returns null where the person thought better of it */
export async function chooseFolder(mode: PickerOptions['mode']): Promise<FileSystemDirectoryHandle | null> {
  try {
    return (await picker.showDirectoryPicker?.({ id: 'pinword-gallery', mode, startIn: 'pictures' })) ?? null;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') return null;
    throw error;
  }
}

export function folderOf(handle: FileSystemDirectoryHandle): Folder {
  return {
    names: async () => {
      const names: string[] = [];
      for await (const name of handle.keys()) names.push(name);
      return names;
    },
    read: async (name) => {
      try {
        return await (await handle.getFileHandle(name)).getFile();
      } catch (error) {
        if (error instanceof DOMException && (error.name === 'NotFoundError' || error.name === 'TypeMismatchError'))
          return null;
        throw error;
      }
    },
    write: (name, bytes) => writeFile(handle, name, bytes),
  };
}

async function writeFile(handle: FileSystemDirectoryHandle, name: string, bytes: Blob): Promise<void> {
  const isNew = await handle.getFileHandle(name).then(
    () => false,
    () => true,
  );
  const file = await handle.getFileHandle(name, { create: true });
  try {
    // What is written lies beside the file until close().
    const writable = await file.createWritable();
    try {
      await writable.write(bytes);
      await writable.close();
    } catch (error) {
      await writable.abort().catch(() => undefined);
      throw error;
    }
  } catch (error) {
    if (isNew) await handle.removeEntry(name).catch(() => undefined);
    throw error;
  }
}

/** Folders in folders that are looked into. */
const maxDepth = 4;
/** Of a folder that was chosen too far up, or of a zip. */
export const maxEntries = 20_000;

/** The person chose a folder with more than any gallery has. */
export class TooManyFiles extends Error {}

/** All files below a folder. @throws TooManyFiles */
export async function filesBelow(handle: FileSystemDirectoryHandle): Promise<readonly PathFile[]> {
  const files: PathFile[] = [];
  let entries = 0;
  const walk = async (folder: FileSystemDirectoryHandle, path: string, depth: number): Promise<void> => {
    for await (const entry of folder.values()) {
      entries += 1;
      if (entries > maxEntries) throw new TooManyFiles();
      if (isFile(entry)) files.push(pathFile(`${path}${entry.name}`, await entry.getFile()));
      else if (isDirectory(entry) && depth < maxDepth) await walk(entry, `${path}${entry.name}/`, depth + 1);
    }
  };
  await walk(handle, '', 1);
  return files;
}

function isFile(handle: FileSystemHandle): handle is FileSystemFileHandle {
  return handle.kind === 'file';
}

function isDirectory(handle: FileSystemHandle): handle is FileSystemDirectoryHandle {
  return handle.kind === 'directory';
}
