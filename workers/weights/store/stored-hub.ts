import * as z from 'zod';

import { PinwordError } from '../../errors.ts';
import { storedFileLock } from './stored-file.ts';
import { sha256OfText } from '../sources/hashes.ts';
import type { HeadStore } from './head-store.ts';
import type { HubLocation } from '../sources/hub-api.ts';
import { type HubFiles, hubIdentity, openHub } from '../sources/hub-source.ts';
import { hostOf, type HttpFileOptions } from '../sources/http.ts';
import { isHostFailure, isImmutable, cacheFileHeads, licenceIfReadable } from './cached-files.ts';
import { readDurableJson, writeDurableJson } from './durable-json.ts';
import type { SourceFiles } from '../sources/source-files.ts';
import type { StoragePlatform } from './storage-platform.ts';
import type { StorageFolder } from './storage-file.ts';
import { unlessFull } from './storage-room.ts';

const pointerSchema = z.object({
  identity: z.string(),
  name: z.string(),
  licence: z.string().nullable(),
  /** See HubListing.content. */
  content: z.string().nullable().default(null),
});

/** What a revision was when it last opened. */
type Pointer = z.infer<typeof pointerSchema>;

interface HubStorage {
  readonly folder: StorageFolder;
  readonly platform: StoragePlatform;
  readonly heads: HeadStore;
}

/**
 * A hub repository that also opens where the hub does not answer, or refuses it, at the commit that its revision had
 * when it last opened. A newer commit whose readable files are the same counts as that commit: nothing is stored twice.
 * @throws as openHub, where it was never opened before
 */
export async function openStoredHub(
  location: HubLocation,
  options: HttpFileOptions,
  { folder, platform, heads }: HubStorage,
): Promise<SourceFiles> {
  const pointer = `hub-${(await sha256OfText(JSON.stringify([location.endpoint, location.repo, location.revision]))).slice(0, 32)}`;
  const last = (await readDurableJson(folder, pointer, pointerSchema)) ?? (await storedCommit(location, heads));
  const answer = await askHub(location, options, last);
  if (answer instanceof PinwordError) {
    if (last === null) throw answer;
    return cacheFileHeads(storedFiles(last, answer), heads);
  }
  const { name, content } = answer;
  const identity = last !== null && content !== null && content === last.content ? last.identity : answer.identity;
  const licence = await licenceIfReadable(answer);
  await unlessFull(
    platform.withLock(storedFileLock(pointer), options.signal, () =>
      writeDurableJson(folder, pointer, { identity, name, licence, content }),
    ),
  );
  return cacheFileHeads({ ...answer, identity }, heads);
}

/** A revision that is itself a commit of which something is stored. */
async function storedCommit(location: HubLocation, heads: HeadStore): Promise<Pointer | null> {
  const owner = await heads.owner(hubIdentity(location));
  return owner === null ? null : { ...owner, content: null };
}

/** The files, or why the hub does not give them. */
async function askHub(
  location: HubLocation,
  options: HttpFileOptions,
  last: Pointer | null,
): Promise<HubFiles | PinwordError> {
  try {
    const files = await openHub(location, options);
    if (last === null || !isImmutable(last.identity) || isImmutable(files.identity)) return files;
    return new PinwordError('http-status', `${hostOf(location.endpoint)} no longer answers as a model hub.`);
  } catch (thrown) {
    if (isHostFailure(thrown)) return thrown;
    throw thrown;
  }
}

/** Files of which only what is stored can be had. */
function storedFiles({ identity, name, licence }: Pointer, reason: PinwordError): SourceFiles {
  return {
    identity,
    name,
    find: () => Promise.resolve(null),
    licence: () => Promise.resolve(licence),
    whyMissing: () => reason,
    storedInstead: () => reason,
  };
}
