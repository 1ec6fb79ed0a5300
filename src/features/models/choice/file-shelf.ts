/** Files that go with a model (LoRA, projectors): in memory while the page lives, in the store for the next visit. */
import * as z from 'zod';
import { MemoryStore, type KeyedStore } from '../../../storage/keyed-store.ts';

export const keptFileSchema = z.object({ id: z.string().min(1), name: z.string().min(1), size: z.number().min(0) });
type KeptFile = z.infer<typeof keptFileSchema>;

let store: KeyedStore = new MemoryStore();
const memory = new Map<string, File>();

export function openFileShelf(lasting: KeyedStore): void {
  store = lasting;
}

export async function keepFile(bytes: Blob, name: string): Promise<KeptFile> {
  const file = new File([bytes], name);
  const kept = { id: crypto.randomUUID(), name, size: file.size };
  memory.set(kept.id, file);
  // Where the disk is full it still works until the page is closed.
  await store.put('files', kept.id, file).catch(() => undefined);
  return kept;
}

/** @returns null where the browser has dropped it */
export async function fileOf({ id, name }: KeptFile): Promise<File | null> {
  const known = memory.get(id);
  if (known !== undefined) return known;
  const stored = await store.get('files', id).catch(() => null);
  if (!(stored instanceof Blob)) return null;
  const file = new File([stored], name);
  memory.set(id, file);
  return file;
}

export async function dropFile(id: string): Promise<void> {
  memory.delete(id);
  await store.delete('files', id).catch(() => undefined);
}
