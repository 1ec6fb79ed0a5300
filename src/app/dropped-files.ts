import type { ModelSource } from '../../workers/api.ts';

type FolderSource = Extract<ModelSource, { kind: 'folder' }>;

/** What was dropped: files, or a folder with all that it holds. */
export type Dropped = { readonly kind: 'files'; readonly files: readonly File[] } | { readonly kind: 'folder'; readonly read: () => Promise<FolderSource> };

/** Must be called while the drop event is handled: the browser takes the entries away after it. */
export function droppedIn(transfer: DataTransfer): Dropped {
  const folder = [...transfer.items].map((item) => item.webkitGetAsEntry()).find((entry) => entry instanceof FileSystemDirectoryEntry);
  if (folder === undefined) return { kind: 'files', files: [...transfer.files] };
  return { kind: 'folder', read: async () => ({ kind: 'folder', name: folder.name, files: await filesBelow(folder, '') }) };
}

async function filesBelow(directory: FileSystemDirectoryEntry, path: string): Promise<FolderSource['files']> {
  const files: FolderSource['files'][number][] = [];
  for (const entry of await entriesOf(directory)) {
    const inside = `${path}${entry.name}`;
    if (entry instanceof FileSystemDirectoryEntry) files.push(...(await filesBelow(entry, `${inside}/`)));
    else if (entry instanceof FileSystemFileEntry) files.push({ path: inside, file: await fileOf(entry) });
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
