import { readdir } from 'node:fs/promises';
import { join, relative } from 'node:path';

import { layoutCheckpoint, type Checkpoint } from '../../pipeline/loading/checkpoint.ts';
import type { PartChoices } from '../../pipeline/loading/find-parts.ts';
import { openFolder } from '../../weights/sources/folder-source.ts';
import { referenceData } from './folder-files.ts';
import { readReferenceFile } from './reference-file.ts';

const root = join(referenceData, 'sd15');
const paths = (await readdir(root, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile() && !entry.parentPath.endsWith('reference'))
  .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
/** Files of the tiny checkpoint, by their path. */
export const files = new Map(
  await Promise.all(paths.map(async (path) => [path, await readReferenceFile(`sd15/${path}`)] as const)),
);

export type Changes = Readonly<Record<string, Uint8Array<ArrayBuffer> | string | null>>;

/** The tiny checkpoint with files added, replaced or, where null, removed. */
export function checkpoint(changes: Changes = {}): Checkpoint {
  const all = [...new Map<string, Uint8Array<ArrayBuffer> | string | null>([...files, ...Object.entries(changes)])];
  return layoutCheckpoint(
    openFolder(
      'someone/model',
      all.flatMap(([path, content]) => (content === null ? [] : [{ path, file: new Blob([content]) }])),
    ),
  );
}

/** One of its JSON files. */
export const json = (path: string): object => JSON.parse(new TextDecoder().decode(files.get(path))) as object;
/** All parts are the checkpoint's own. */
export const own: PartChoices = { imageEncoder: null, vae: null, look: null, tiny: null, projector: null };
