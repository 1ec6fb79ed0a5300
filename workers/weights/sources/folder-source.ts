import { blobSource, type ByteSource } from '../../checkpoint/bytes/byte-source.ts';
import { PinwordError } from '../../errors.ts';
import { guardLength, htmlError, looksLikeHtml, refuseLfsPointer } from './content-guard.ts';
import { licenceOf, type SourceFiles } from './source-files.ts';

/** A file that the person chose, with its path relative to the chosen folder. */
interface FolderEntry {
  readonly path: string;
  readonly file: Blob;
}

/** Files that mark the root of a checkpoint in diffusers layout. */
const rootMarks = ['model_index.json', 'unet/config.json'];

/**
 * Files of a folder on this machine. The checkpoint may lie in a folder below, as folder pickers and the Hub's cache
 * (models--owner--name/snapshots/commit) have it: the one that is least deep.
 * @throws PinwordError 'not-a-model-file' where several lie equally deep
 */
export function openFolder(name: string, entries: readonly FolderEntry[]): SourceFiles {
  const root = rootOf(
    name,
    entries.map(({ path }) => path),
  );
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
    storedInstead: () => null,
  };
  return files;
}

/** "" or "directory/…/". */
function rootOf(name: string, paths: readonly string[]): string {
  const roots = new Set(
    paths.flatMap((path) =>
      rootMarks.filter((mark) => `/${path}`.endsWith(`/${mark}`)).map((mark) => path.slice(0, -mark.length)),
    ),
  );
  const least = Math.min(...[...roots].map(depth));
  const [root = '', ...others] = [...roots].filter((candidate) => depth(candidate) === least);
  if (others.length === 0) return root;
  throw new PinwordError(
    'not-a-model-file',
    `${name} holds several models: ${[root, ...others].map((path) => path.slice(0, -1)).join(', ')}. Open the folder of one of them.`,
  );
}

function depth(root: string): number {
  return root.split('/').length;
}

async function checked(source: ByteSource): Promise<ByteSource> {
  const start = await source.read(0, Math.min(guardLength, source.size));
  refuseLfsPointer(source.name, start);
  if (looksLikeHtml(start)) throw htmlError(source.name);
  return source;
}
