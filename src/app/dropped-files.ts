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

/** The Hub's cache has four: snapshots, a commit, a part, its files. A folder that links to itself has no end. */
const maxDepth = 6;
/** Of a folder with everything that a person has; a model with all its versions has some hundred. */
const maxEntries = 20_000;

/** A folder with more files than a model can have: the person chose one too far up. */
export class TooManyFiles extends Error {}

interface Walk {
  /** Files so far. */
  readonly files: FolderSource['files'][number][];
  /** Files and folders so far. */
  entries: number;
}

/** @throws TooManyFiles */
async function filesBelow(
  directory: FileSystemDirectoryEntry,
  path: string,
  walk: Walk = { files: [], entries: 0 },
  depth = 1,
): Promise<FolderSource['files']> {
  for (const entry of await entriesOf(directory)) {
    walk.entries += 1;
    if (walk.entries > maxEntries) throw new TooManyFiles();
    const inside = `${path}${entry.name}`;
    if (isDirectory(entry) && depth < maxDepth) await filesBelow(entry, `${inside}/`, walk, depth + 1);
    else if (isFile(entry)) {
      const file = await fileOf(entry);
      if (file !== null) walk.files.push({ path: inside, file });
    }
  }
  return walk.files;
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

/** @returns null for what cannot be read, e.g. a link to nothing: it is missed where it is needed */
function fileOf(entry: FileSystemFileEntry): Promise<File | null> {
  return new Promise((resolve) => {
    entry.file(resolve, () => {
      resolve(null);
    });
  });
}
