import * as z from 'zod';
import { crc32 } from '../../checkpoint/bytes/crc32.ts';
import type { StorageFolder } from './storage-file.ts';

/**
 * A small JSON record that a crash cannot destroy. It lies in two files, written in turn; each carries a generation
 * and a checksum. The newest readable one counts, so a half-written file leaves the record as it was before.
 */
const envelopeSchema = z.object({ generation: z.number().int().nonnegative(), body: z.string(), checksum: z.number() });

interface Slot {
  readonly name: string;
  /** 0 where the slot holds nothing readable. */
  readonly generation: number;
  readonly body: string;
}

const endings = ['.a', '.b'] as const;

/** @returns null where there is no record, or one that another version of this software wrote. */
export async function readDurableJson<T>(folder: StorageFolder, name: string, schema: z.ZodType<T>): Promise<T | null> {
  const newest = (await readSlots(folder, name)).reduce((a, b) => (b.generation > a.generation ? b : a));
  if (newest.generation === 0) return null;
  const parsed = schema.safeParse(JSON.parse(newest.body));
  return parsed.success ? parsed.data : null;
}

/** Gives a file these bytes and no others. */
export async function replaceFile(folder: StorageFolder, name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const file = await folder.open(name);
  try {
    file.truncate(0);
    file.write(0, bytes);
    file.flush();
  } finally {
    file.close();
  }
}

/** Replaces the record, under its lock where another tab may write it too. When this returns, the new one survives a crash. @throws PinwordError 'storage-quota' | 'storage-busy' */
export async function writeDurableJson(folder: StorageFolder, name: string, value: unknown): Promise<void> {
  const slots = await readSlots(folder, name);
  const oldest = slots.reduce((a, b) => (b.generation < a.generation ? b : a));
  const generation = 1 + Math.max(...slots.map((slot) => slot.generation));
  const body = JSON.stringify(value);
  const bytes = new TextEncoder().encode(JSON.stringify({ generation, body, checksum: checksumOf(generation, body) }));
  await replaceFile(folder, oldest.name, bytes);
}

export async function removeDurableJson(folder: StorageFolder, name: string): Promise<void> {
  for (const ending of endings) await folder.remove(name + ending);
}

/** Names of all records in a folder. */
export function durableJsonNames(fileNames: readonly string[]): readonly string[] {
  return [
    ...new Set(
      fileNames.filter((name) => endings.some((ending) => name.endsWith(ending))).map((name) => name.slice(0, -2)),
    ),
  ];
}

async function readSlots(folder: StorageFolder, name: string): Promise<readonly Slot[]> {
  return Promise.all(endings.map((ending) => readSlot(folder, name + ending)));
}

async function readSlot(folder: StorageFolder, name: string): Promise<Slot> {
  const blob = await folder.blob(name);
  const text = blob === null ? '' : await blob.text();
  const envelope = envelopeSchema.safeParse(parseOrNull(text));
  if (!envelope.success || envelope.data.checksum !== checksumOf(envelope.data.generation, envelope.data.body))
    return { name, generation: 0, body: '' };
  return { name, generation: envelope.data.generation, body: envelope.data.body };
}

function parseOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // What a crash left half-written is no record.
    return null;
  }
}

function checksumOf(generation: number, body: string): number {
  return crc32(new TextEncoder().encode(`${generation} ${body}`));
}
