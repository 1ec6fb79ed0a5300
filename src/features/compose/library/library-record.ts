import * as z from 'zod';
import type { Slice } from '../../../storage/slice.ts';
import { pinnedSubjectSchema } from '../pins/pins.ts';

/** Longest name that a person may give. */
export const longestName = 80;

/** What is seen of a picture, small: pictures of many megapixels are not decoded to be shown as thumbnails. */
const smallSchema = z.object({
  image: z.instanceof(Blob),
  mask: z.instanceof(Blob).nullable(),
  /** Of the image, in pixels; the region may reach over its edge. */
  width: z.int().positive(),
  height: z.int().positive(),
  region: z.object({ x: z.number(), y: z.number(), size: z.number().positive() }),
});
export type SmallSubject = z.infer<typeof smallSchema>;

/** A subject that was pinned once. Its bytes lie in the subject library under the subject's id. */
const entrySchema = z.object({
  /** The subject's id. */
  id: z.string().min(1),
  /** The word that it was first pinned on, or what the person calls it. */
  name: z.string(),
  /** Milliseconds since 1970. */
  createdAt: z.number(),
  usedAt: z.number(),
  /** As it was pinned last: its crop, its cut-out. */
  subject: pinnedSubjectSchema,
  /** Absent until it was made, and for embeddings. */
  small: z.exactOptional(smallSchema),
});
export type LibraryEntry = z.infer<typeof entrySchema>;

export const librarySlice: Slice<LibraryEntry> = { key: 'library', version: 1, schema: entrySchema, migrations: {} };

/** Whether the pins of the time before there was a library were taken into it. */
export const gatheredSlice: Slice<{ readonly isGathered: boolean }> = {
  key: 'library-gathered',
  version: 1,
  schema: z.object({ isGathered: z.boolean() }),
  migrations: {},
};
