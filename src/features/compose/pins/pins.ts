import * as z from 'zod';
import {
  backdrops,
  defaultLook,
  detailStrength,
  literalText,
  lookRoles,
  lookStrength,
  type LookRole,
  type PinDetail,
  type PinLook,
} from '../../../../workers/api.ts';
import type { Slice } from '../../../storage/slice.ts';

/** Shares that were computed from pixels may be off by this. */
const rounding = 1e-6;

/** Edges in pixels of the picture, after EXIF rotation. */
const regionSchema = z.object({ x: z.number().min(0), y: z.number().min(0), size: z.number().positive() });

/** How a picture is cut out. It is kept while it is switched off, so that it need not be made again. */
const cutOutSchema = z.object({
  /** SHA-256 of the mask, in hex; its bytes lie in the subject library. */
  mask: z.string().min(1),
  backdrop: z.enum(backdrops),
  /** May reach over the picture's edge. */
  region: z.object({ x: z.number(), y: z.number(), size: z.number().positive() }),
  isOn: z.boolean(),
});
export type PinnedCutOut = z.infer<typeof cutOutSchema>;

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
  /** Absent, as in what versions before 0.6 kept: it was never cut out. */
  cutOut: z.exactOptional(cutOutSchema),
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

export const pinnedSubjectSchema = z.discriminatedUnion('kind', [pinnedPictureSchema, pinnedEmbeddingSchema]);
export type PinnedSubject = z.infer<typeof pinnedSubjectSchema>;

const lookSchema = z.object({
  on: z.boolean(),
  strength: z.number().min(lookStrength.min).max(lookStrength.max),
  role: z.enum(Object.keys(lookRoles) as [LookRole, ...LookRole[]]),
});

/** Its strength is kept while it is off. */
const detailSchema = z.object({
  on: z.boolean(),
  strength: z.number().min(detailStrength.min).max(detailStrength.max),
});
export type KeptDetail = z.infer<typeof detailSchema>;

const share = z.number().min(0).max(1);
/** A part of the picture that is made, in shares of its width and height. */
const areaSchema = z
  .object({ x: share, y: share, width: share.positive(), height: share.positive() })
  .refine(({ x, y, width, height }) => x + width <= 1 + rounding && y + height <= 1 + rounding);

const pinSchema = z.object({
  /** The plain word that it belongs to, see carry-pins.ts; empty where it never had one. */
  anchor: z.string(),
  /** Index of the pin's hue, stable while the pin lives. */
  hue: z.int().min(0),
  subjects: z.array(pinnedSubjectSchema).min(1),
  /** Absent, as in what versions before 0.6 kept: as every look begins. */
  look: z.exactOptional(lookSchema),
  /** Absent: as it begins, off. */
  detail: z.exactOptional(detailSchema),
  /** Where in the picture it may be; absent where nobody said. */
  area: z.exactOptional(areaSchema),
});
/** A pin, wherever it is. */
export type Pin = z.infer<typeof pinSchema>;

const wordPinSchema = pinSchema.extend({ word: z.int().min(0) });
export type WordPin = z.infer<typeof wordPinSchema>;

export const composeSchema = z.object({ caption: z.string(), pins: z.array(wordPinSchema) });
export type ComposeData = z.infer<typeof composeSchema>;

/** What the page keeps also has the pins that wait for a word. */
const keptComposeSchema = composeSchema.extend({ waiting: z.array(pinSchema).default([]) });
type KeptCompose = z.infer<typeof keptComposeSchema>;

export const composeSlice: Slice<KeptCompose> = {
  key: 'compose',
  version: 2,
  schema: keptComposeSchema,
  migrations: { 1: withLiteralCaption },
};

const captioned = z.looseObject({ caption: z.string() });

/** Until version 1 brackets were text: they are written so that they still are. */
export function withLiteralCaption(compose: unknown): unknown {
  const { caption, ...rest } = captioned.parse(compose);
  return { ...rest, caption: literalText(caption) };
}

/** How the pictures of a pin speak by their look. */
export function lookOf({ look }: Pick<Pin, 'look'>): PinLook {
  return look ?? defaultLook;
}

/** How the pictures of a pin give their fine detail: not at all, unless somebody asked for it. */
export function detailOf({ detail }: Pick<Pin, 'detail'>): KeptDetail {
  return detail ?? { on: false, strength: detailStrength.default };
}

/** The same as the engine takes it: nothing where it is off. */
export function engineDetail(pin: Pick<Pin, 'detail'>): { readonly detail?: PinDetail } {
  const { on, strength } = detailOf(pin);
  return on ? { detail: { strength } } : {};
}

const hues = [0, 1, 2, 3, 4, 5, 6, 7] as const;

/** The hue that fewest of these use, the first of them. */
export function nextHue(used: readonly number[]): number {
  const uses = hues.map((hue) => used.filter((other) => other === hue).length);
  return uses.indexOf(Math.min(...uses));
}

/** Pins whose hues exist and differ, as long as there are hues left; those that are right stay. */
export function withOwnHues<P extends Pin>(pins: readonly P[]): readonly P[] {
  const used: number[] = [];
  return pins.map((pin) => {
    const isFree = pin.hue < hues.length && !used.includes(pin.hue);
    const hue = isFree ? pin.hue : nextHue(used);
    used.push(hue);
    return { ...pin, hue };
  });
}

/** The cut-out of a picture where it is switched on. */
export function activeCutOut({ cutOut }: Pick<PinnedPicture, 'cutOut'>): PinnedCutOut | null {
  return cutOut?.isOn === true ? cutOut : null;
}

/** The picture as it was before it was cut out. */
export function withoutCutOut(picture: PinnedPicture): PinnedPicture {
  const bare = { ...picture };
  delete bare.cutOut;
  return bare;
}

/** What of a pinned picture cannot be had any more, for people. */
export function cutOutName({ name }: Pick<PinnedPicture, 'name'>): string {
  return `the cut-out of ${name}`;
}

/** The part of a picture that is encoded. */
export function seenRegion(picture: Pick<PinnedPicture, 'cutOut' | 'region'>): PinnedPicture['region'] {
  return (activeCutOut(picture) ?? picture).region;
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
