import * as z from 'zod';

import type { PinwordError } from '../errors.ts';
import { entryLock } from './entry.ts';
import { sha256OfText } from './hashes.ts';
import type { HeadStore } from './head-store.ts';
import type { HubLocation } from './hub-api.ts';
import { openHub } from './hub-source.ts';
import type { HttpFileOptions } from './http.ts';
import { isUnreachable, keepHeads } from './kept-files.ts';
import { readRecord, writeRecord } from './record.ts';
import type { SourceFiles } from './source-files.ts';
import type { StorageEnvironment } from './storage-environment.ts';
import type { StorageFolder } from './storage-file.ts';
import { unlessFull } from './storage-room.ts';

const pointerSchema = z.object({ identity: z.string(), name: z.string(), licence: z.string().nullable() });

export interface HubStorage {
  readonly folder: StorageFolder;
  readonly environment: StorageEnvironment;
  readonly heads: HeadStore;
}

/**
 * A hub repository that also opens without the network, at the commit that its revision had when it last opened.
 * @throws as openHub, where it was never opened before
 */
export async function openStoredHub(location: HubLocation, options: HttpFileOptions, { folder, environment, heads }: HubStorage): Promise<SourceFiles> {
  const pointer = `hub-${(await sha256OfText(JSON.stringify([location.endpoint, location.repo, location.revision]))).slice(0, 32)}`;
  try {
    const files = await openHub(location, options);
    const licence = await files.licence();
    const remember = () => writeRecord(folder, pointer, { identity: files.identity, name: files.name, licence });
    await unlessFull(environment.withLock(entryLock(pointer), options.signal, remember));
    return keepHeads(files, heads);
  } catch (thrown) {
    const last = isUnreachable(thrown) ? await readRecord(folder, pointer, pointerSchema) : null;
    if (last === null || !isUnreachable(thrown)) throw thrown;
    return keepHeads(unreachableFiles(last, thrown), heads);
  }
}

/** Files of which only what is stored can be had. */
function unreachableFiles({ identity, name, licence }: z.infer<typeof pointerSchema>, reason: PinwordError): SourceFiles {
  return {
    identity,
    name,
    find: () => Promise.resolve(null),
    licence: () => Promise.resolve(licence),
    whyMissing: () => reason,
  };
}
