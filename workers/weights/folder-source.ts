import { blobSource, type ByteSource } from '../checkpoint/byte-source.ts';
import { guardLength, htmlError, looksLikeHtml, refuseLfsPointer } from './content-guard.ts';
import { licenceOf, type SourceFiles } from './source-files.ts';

/** A file that the person chose, with its path relative to the chosen folder. */
export interface FolderEntry {
  readonly path: string;
  readonly file: Blob;
}

/** Files that mark the root of a checkpoint in diffusers layout. */
const rootMarks = ['model_index.json', 'unet/config.json'];

/** Files of a folder on this machine. The checkpoint may lie one directory deep, as folder pickers give it. */
export function openFolder(name: string, entries: readonly FolderEntry[]): SourceFiles {
  const root = rootOf(entries.map(({ path }) => path));
  const byPath = new Map(entries.map(({ path, file }) => [path, file]));
  const files: SourceFiles = {
    name,
    identity: null,
    find: async (path) => {
      const blob = byPath.get(root + path);
      return blob === undefined ? null : checked(blobSource(path, blob));
    },
    licence: () => licenceOf(files),
    whyMissing: () => null,
  };
  return files;
}

/** "" or "directory/". */
function rootOf(paths: readonly string[]): string {
  if (paths.some((path) => rootMarks.includes(path))) return '';
  const marked = paths.find((path) => rootMarks.includes(path.slice(path.indexOf('/') + 1)));
  return marked === undefined ? '' : marked.slice(0, marked.indexOf('/') + 1);
}

async function checked(source: ByteSource): Promise<ByteSource> {
  const start = await source.read(0, Math.min(guardLength, source.size));
  refuseLfsPointer(source.name, start);
  if (looksLikeHtml(start)) throw htmlError(source.name);
  return source;
}
