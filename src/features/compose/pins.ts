import * as z from 'zod';
import type { Slice } from '../../storage/slice.ts';

/** Edges in pixels of the picture, after EXIF rotation. */
const regionSchema = z.object({ x: z.number().min(0), y: z.number().min(0), size: z.number().positive() });

/** A picture that is pinned on a word. Its bytes lie in the subject library under `id`. */
const pinnedPictureSchema = z.object({
  kind: z.literal('picture'),
  /** SHA-256 of the file, in hex. */
  id: z.string().min(1),
  name: z.string(),
  width: z.int().positive(),
  height: z.int().positive(),
  region: regionSchema,
  /** File of the bundled sample that it came from. */
  sample: z.string().nullable(),
});
export type PinnedPicture = z.infer<typeof pinnedPictureSchema>;

/** A textual-inversion file that is pinned on a word. Its bytes lie in the subject library under `id`. */
const pinnedEmbeddingSchema = z.object({
  kind: z.literal('embedding'),
  id: z.string().min(1),
  /** Its file name, which tells the engine the format. */
  name: z.string().min(1),
  vectors: z.int().positive(),
});
export type PinnedEmbedding = z.infer<typeof pinnedEmbeddingSchema>;

const pinnedSubjectSchema = z.discriminatedUnion('kind', [pinnedPictureSchema, pinnedEmbeddingSchema]);
export type PinnedSubject = z.infer<typeof pinnedSubjectSchema>;

const wordPinSchema = z.object({
  word: z.int().min(0),
  /** The plain word that it was pinned to; see carry-pins.ts. */
  anchor: z.string(),
  /** Index of the pin's hue, stable while the pin lives. */
  hue: z.int().min(0),
  subjects: z.array(pinnedSubjectSchema).min(1),
});
export type WordPin = z.infer<typeof wordPinSchema>;

export const composeSchema = z.object({ caption: z.string(), pins: z.array(wordPinSchema) });
export type ComposeData = z.infer<typeof composeSchema>;

export const composeSlice: Slice<ComposeData> = { key: 'compose', version: 1, schema: composeSchema, migrations: {} };

const hueCount = 8;

/** The first hue that no pin uses; they repeat only when all are taken. */
export function nextHue(pins: readonly WordPin[]): number {
  const used = new Set(pins.map(({ hue }) => hue));
  for (let hue = 0; hue < hueCount; hue += 1) {
    if (!used.has(hue)) return hue;
  }
  return pins.length % hueCount;
}

/** The largest centred square: what CLIP's own preprocessing takes of a picture. */
export function centredSquare({
  width,
  height,
}: {
  readonly width: number;
  readonly height: number;
}): PinnedPicture['region'] {
  const size = Math.min(width, height);
  return { x: Math.floor((width - size) / 2), y: Math.floor((height - size) / 2), size };
}
