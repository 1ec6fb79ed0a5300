/** The picture that runs start from, and what of it is made again. The bytes of both lie in the subject library. */
import * as z from 'zod';
import { createStore } from 'zustand/vanilla';
import type { Slice } from '../../storage/slice.ts';

export const startSchema = z.object({
  picture: z.object({
    /** SHA-256 of the file, in hex. */
    id: z.string().min(1),
    name: z.string(),
    /** Edges in pixels, after EXIF rotation. */
    width: z.int().positive(),
    height: z.int().positive(),
  }),
  /** A picture that lies over the whole of it: white where it is made again, black or transparent where it stays; null makes all of it again. */
  mask: z.object({ id: z.string().min(1) }).nullable(),
});
export type Start = z.infer<typeof startSchema>;

const keptSchema = z.object({ start: startSchema.nullable() });
type Kept = z.infer<typeof keptSchema>;

export const startSlice: Slice<Kept> = { key: 'start', version: 1, schema: keptSchema, migrations: {} };

interface StartState extends Kept {
  /** Whether the stage shows the picture, to mark a part of it. */
  readonly isMarking: boolean;
}

export const startStore = createStore<StartState>(() => ({ start: null, isMarking: false }));

/** Another picture, or none, ends the marking of the one before. */
export function setStart(start: Start | null): void {
  const { start: before } = startStore.getState();
  startStore.setState(start?.picture.id === before?.picture.id ? { start } : { start, isMarking: false });
}

/** Whose bytes a start needs. */
export function idsOfStart(start: Start | null | undefined): readonly string[] {
  if (start == null) return [];
  return [start.picture.id, ...(start.mask === null ? [] : [start.mask.id])];
}
