import type { ModelSource } from '../../workers/api.ts';

type FolderSource = Extract<ModelSource, { kind: 'folder' }>;

/** What was dropped: files, or a folder with all that it holds. */
type Dropped =
  | { readonly kind: 'files'; readonly files: readonly File[] }
  | { readonly kind: 'folder'; readonly read: () => Promise<FolderSource> };

/** Must be called while the drop event is handled: the browser takes the entries away after it. */
export function droppedIn(transfer: DataTransfer): Dropped {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry()).filter((entry) => entry !== null);
  const folder = entries.find(isDirectory);
  if (folder === undefined) return { kind: 'files', files: [...transfer.files] };
  return {
    kind: 'folder',
    read: async () => ({ kind: 'folder', name: folder.name, files: await filesBelow(folder, '') }),
  };
}

/** By its flag: Chromium has no global to compare with. */
function isDirectory(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

async function filesBelow(directory: FileSystemDirectoryEntry, path: string): Promise<FolderSource['files']> {
  const files: FolderSource['files'][number][] = [];
  for (const entry of await entriesOf(directory)) {
    const inside = `${path}${entry.name}`;
    if (isDirectory(entry)) files.push(...(await filesBelow(entry, `${inside}/`)));
    else if (isFile(entry)) files.push({ path: inside, file: await fileOf(entry) });
  }
  return files;
}

/** A reader hands entries out in batches; an empty one is the end. */
async function entriesOf(directory: FileSystemDirectoryEntry): Promise<readonly FileSystemEntry[]> {
  const reader = directory.createReader();
  const entries: FileSystemEntry[] = [];
  for (;;) {
    const batch = await new Promise<readonly FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (batch.length === 0) return entries;
    entries.push(...batch);
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => {
    entry.file(resolve, reject);
  });
}
