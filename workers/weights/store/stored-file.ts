import * as z from 'zod';
import type { ByteSource } from '../../checkpoint/bytes/byte-source.ts';
import { remoteFacts } from '../sources/remote-facts.ts';
import { readDurableJson, durableJsonNames, removeDurableJson } from './durable-json.ts';
import type { StoragePlatform } from './storage-platform.ts';
import type { StorageFolder } from './storage-file.ts';

/** What is recorded about one stored file; the file itself lies beside the record, named `id` + ".data". */
export const storedFileSchema = z.object({
  version: z.literal(1),
  /** Which checkpoint it belongs to; see SourceFiles.identity. */
  identity: z.string(),
  modelName: z.string(),
  licence: z.string().nullable(),
  /** Path of the source in its checkpoint. */
  path: z.string(),
  /** The element type of converted weights; "head" for the start of a file, or all of a small one; "file" for one as it is. */
  content: z.enum(['F16', 'F32', 'head', 'file']),
  /** What tells versions of the source apart; null where its host shows nothing. */
  validator: z.string().nullable(),
  /** SHA-256 of the whole source, where its host publishes one. */
  sourceSha256: z.string().nullable(),
  /** Bytes of the source. */
  sourceSize: z.number().int().nonnegative(),
  /** SHA-256 of what the stored file will be made of: its header and the ranges read. */
  plan: z.string(),
  /** Bytes of the stored file when it is complete. */
  size: z.number().int().nonnegative(),
  complete: z.boolean(),
  /** Bytes that are there for certain. */
  written: z.number().int().nonnegative(),
  blockBytes: z.number().int().positive(),
  /** SHA-256 of each block that is there. */
  blocks: z.array(z.string()),
  /** State of the hash over the source; null where it is not hashed. */
  sourceHash: z.string().nullable(),
  /** SHA-256 over `blocks` when the file was complete for the first time. */
  digest: z.string().nullable(),
  /** Milliseconds since 1970. */
  lastUsed: z.number(),
  /** When every block was seen to be as it arrived: at the latest when it did. Milliseconds since 1970. */
  checked: z.number().default(0),
});

export type StoredFile = z.infer<typeof storedFileSchema>;

/** The checkpoint that stored files belong to. */
export interface StoredOwner {
  /** See SourceFiles.identity. */
  readonly identity: string;
  readonly name: string;
  readonly licence: string | null;
}

/** The record of a file of which nothing is stored yet. */
export function freshRecord(
  { identity, name, licence }: StoredOwner,
  source: ByteSource,
  made: Pick<StoredFile, 'content' | 'plan' | 'size' | 'blockBytes' | 'lastUsed'>,
): StoredFile {
  const { validator, sha256 } = remoteFacts(source);
  return {
    version: 1,
    identity,
    modelName: name,
    licence,
    path: source.name,
    validator,
    sourceSha256: sha256,
    sourceSize: source.size,
    complete: false,
    written: 0,
    blocks: [],
    sourceHash: null,
    digest: null,
    checked: 0,
    ...made,
  };
}

const dataEnding = '.data';

export function dataName(id: string): string {
  return id + dataEnding;
}

/** The Web Lock that is held while the file is written or checked. */
export function storedFileLock(id: string): string {
  return `pinword:${id}`;
}

interface NamedStoredFile {
  readonly id: string;
  readonly file: StoredFile;
}

/** Every stored file that this software can read. What was removed of one by half, the data, is not claimed. */
export async function listStoredFiles(folder: StorageFolder): Promise<readonly NamedStoredFile[]> {
  const names = await folder.list();
  const found: NamedStoredFile[] = [];
  for (const id of durableJsonNames(names)) {
    const entry = await readDurableJson(folder, id, storedFileSchema);
    if (entry === null) continue;
    found.push({
      id,
      file: names.includes(dataName(id)) ? entry : { ...entry, complete: false, written: 0, blocks: [] },
    });
  }
  return found;
}

/** Data first: data without a record is found by nobody. Only under the entry's lock. */
export async function removeStoredFile(folder: StorageFolder, id: string): Promise<void> {
  await folder.remove(dataName(id));
  await removeDurableJson(folder, id);
}

/** Data that this software wrote; nobody else's file is touched. */
const ownName = /^([0-9a-f]{32})\.data$/;
/** What every version's record has. */
const anyVersionSchema = z.looseObject({ version: z.number().int() });

/** How many stored files a newer version of this software wrote: they are let be. */
export async function countNewer(folder: StorageFolder): Promise<number> {
  let count = 0;
  for (const id of durableJsonNames(await folder.list())) {
    const record = await readDurableJson(folder, id, anyVersionSchema);
    if (record !== null && record.version > 1) count += 1;
  }
  return count;
}

/** Removes data without a record: what a killed worker left behind. What is being written is let be. */
export async function removeOrphans(folder: StorageFolder, platform: Pick<StoragePlatform, 'ifFree'>): Promise<void> {
  for (const name of await folder.list()) {
    const id = ownName.exec(name)?.[1];
    if (id === undefined) continue;
    await platform.ifFree(storedFileLock(id), async () => {
      if ((await readDurableJson(folder, id, anyVersionSchema)) === null) await removeStoredFile(folder, id);
    });
  }
}
