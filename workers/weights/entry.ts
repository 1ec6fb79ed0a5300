import * as z from 'zod';
import { readRecord, recordNames } from './record.ts';
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

export function dataName(id: string): string {
  return `${id}.data`;
}

/** The Web Lock that is held while the file is written or checked. */
export function entryLock(id: string): string {
  return `pinword:${id}`;
}

export interface NamedEntry {
  readonly id: string;
  readonly entry: Entry;
}

export async function listEntries(folder: StorageFolder): Promise<readonly NamedEntry[]> {
  const found: NamedEntry[] = [];
  for (const id of recordNames(await folder.list())) {
    const entry = await readRecord(folder, id, entrySchema);
    if (entry !== null) found.push({ id, entry });
  }
  return found;
}
