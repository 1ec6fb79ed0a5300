import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

import { openFolder } from '../../weights/sources/folder-source.ts';
import type { SourceFiles } from '../../weights/sources/source-files.ts';

/** What the scripts of workers/reference made. */
export const referenceData = join(import.meta.dirname, '../../reference/data');

/** The embedded model. */
export const picturebook = join(import.meta.dirname, '../../../public/models/picturebook');

/**
 * A folder of this machine as a checkpoint, as if the person had chosen it. Its `reference` subfolder is left out.
 * @param changed files that stand in for those of the folder, by path
 */
export async function folderFiles(
  folder: string,
  changed: ReadonlyMap<string, Blob> = new Map(),
): Promise<SourceFiles> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files = paths
    .map((path) => ({ path: relative(folder, path).replaceAll('\\', '/'), full: path }))
    .filter(({ path }) => !path.startsWith('reference/'));
  const blobs = await Promise.all(
    files.map(async ({ path, full }) => ({
      path,
      file: new File([changed.get(path) ?? (await readFile(full))], path, { lastModified: 0 }),
    })),
  );
  return openFolder(folder.split('/').at(-1) ?? folder, blobs);
}
