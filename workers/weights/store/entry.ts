import * as z from 'zod';
import { readRecord, recordNames, removeRecord } from './record.ts';
import type { StorageEnvironment } from './storage-environment.ts';
import type { StorageFolder } from './storage-file.ts';

/** What is recorded about one stored file; the file itself lies beside the record, named `id` + ".data". */
export const entrySchema = z.object({
  version: z.literal(1),
  /** Which checkpoint it belongs to; see SourceFiles.identity. */
  identity: z.string(),
  modelName: z.string(),
  licence: z.string().nullable(),
  /** Path of the source in its checkpoint. */
  path: z.string(),
  /** The element type of converted weights; "head" for the start of a file, or all of a small one. */
  content: z.enum(['F16', 'F32', 'head']),
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
});

export type Entry = z.infer<typeof entrySchema>;

const dataEnding = '.data';

export function dataName(id: string): string {
  return id + dataEnding;
}

/** The Web Lock that is held while the file is written or checked. */
export function entryLock(id: string): string {
  return `pinword:${id}`;
}

export interface NamedEntry {
  readonly id: string;
  readonly entry: Entry;
}

/** Every stored file that this software can read. What was removed of one by half, the data, is not claimed. */
export async function listEntries(folder: StorageFolder): Promise<readonly NamedEntry[]> {
  const names = await folder.list();
  const found: NamedEntry[] = [];
  for (const id of recordNames(names)) {
    const entry = await readRecord(folder, id, entrySchema);
    if (entry === null) continue;
    found.push({
      id,
      entry: names.includes(dataName(id)) ? entry : { ...entry, complete: false, written: 0, blocks: [] },
    });
  }
  return found;
}

/** Data first: data without a record is found by nobody. Only under the entry's lock. */
export async function removeEntry(folder: StorageFolder, id: string): Promise<void> {
  await folder.remove(dataName(id));
  await removeRecord(folder, id);
}

/**
 * Removes data without a readable record: what a killed worker left behind, or another version of this software wrote.
 * What is being written is let be.
 */
export async function removeOrphans(
  folder: StorageFolder,
  environment: Pick<StorageEnvironment, 'ifFree'>,
): Promise<void> {
  for (const name of await folder.list()) {
    if (!name.endsWith(dataEnding)) continue;
    const id = name.slice(0, -dataEnding.length);
    await environment.ifFree(entryLock(id), async () => {
      if ((await readRecord(folder, id, entrySchema)) === null) await removeEntry(folder, id);
    });
  }
}
