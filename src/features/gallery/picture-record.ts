import * as z from 'zod';
import { literalText } from '../../../workers/api.ts';
import type { Slice } from '../../storage/slice.ts';
import { installedEmbeddingSchema } from '../compose/embeddings/embeddings.ts';
import { composeSchema, withLiteralCaption } from '../compose/pins/pins.ts';
import { settingsSchema } from '../settings/settings.ts';
import { startSchema } from '../start/start-store.ts';

/** All that it takes to make the picture again, and nothing of the pinned pictures but their hashes. */
const recipeSchema = z.object({
  compose: composeSchema,
  /** The embeddings that caption and negative prompt name. */
  embeddings: z.array(installedEmbeddingSchema).default([]),
  /** Width, height and seed are those of this very picture. */
  settings: settingsSchema,
  /** What the run started from; absent where it was noise alone. */
  start: z.exactOptional(startSchema),
  /** α, the guidance scale or the strength of a look was moved while it formed; settings and pins hold the last values. */
  guidanceMoved: z.boolean(),
  /** `look`, `tiny`: the IP-Adapter and the tiny autoencoder that were loaded with it; absent where there was none. */
  model: z.object({
    id: z.string(),
    name: z.string(),
    look: z.exactOptional(z.string()),
    tiny: z.exactOptional(z.string()),
  }),
});
export type Recipe = z.infer<typeof recipeSchema>;

/** A value by which pictures differ. */
const axisSchema = z.object({
  /** What it is called: "α", "Steps". */
  axis: z.string(),
  /** Below the picture: "0.25". */
  label: z.string(),
  index: z.int().nonnegative(),
  count: z.int().positive(),
  /** The axis in the program, and what it is of: the word of a pin, the id of a LoRA file. Absent until version 0.6. */
  key: z.exactOptional(z.string()),
  about: z.exactOptional(z.string()),
});

/** One of several pictures that differ in one value, or in two: the second makes rows. */
export const comparisonSchema = axisSchema.extend({
  /** The same for all of them. */
  id: z.string().min(1),
  row: axisSchema.nullable().default(null),
  /** What the page said when it was asked for: all are scored by its caption and pins. Absent where that is the recipe's. */
  of: z.exactOptional(composeSchema),
});
export type Comparison = z.infer<typeof comparisonSchema>;

const cosine = z.number().min(-1.01).max(1.01);

/** How near a picture is to what it should show, as CLIP sees it; null where there was nothing to compare with. */
const scoresSchema = z.object({
  subject: cosine.nullable(),
  caption: cosine.nullable(),
  /** The encoders that judged. */
  by: z.string(),
});
export type KeptScores = z.infer<typeof scoresSchema>;

const pictureRecordSchema = z.object({
  id: z.string().min(1),
  /** Milliseconds since 1970. */
  createdAt: z.number(),
  png: z.instanceof(Blob),
  width: z.int().positive(),
  height: z.int().positive(),
  /** True where the safety checker raised a concept; null where no check ran. */
  flagged: z.boolean().nullable(),
  comparison: comparisonSchema.nullable().default(null),
  isStarred: z.boolean().default(false),
  /** It came in a file, which anybody may have written: its recipe is checked before it is used. */
  isForeign: z.exactOptional(z.boolean()),
  scores: z.exactOptional(scoresSchema),
  recipe: recipeSchema,
});
export type PictureRecord = z.infer<typeof pictureRecordSchema>;

const oldRecipe = z.looseObject({
  compose: z.unknown(),
  settings: z.looseObject({ negativePrompt: z.string().default('') }),
});

/** Until version 1 brackets were text: they are written so that they still are. */
function withLiteralTexts(recipe: unknown): unknown {
  const { compose, settings, ...rest } = oldRecipe.parse(recipe);
  return {
    ...rest,
    compose: withLiteralCaption(compose),
    settings: { ...settings, negativePrompt: literalText(settings.negativePrompt) },
  };
}

export const pictureSlice: Slice<PictureRecord> = {
  key: 'picture',
  version: 2,
  schema: pictureRecordSchema,
  migrations: {
    1: (record) => {
      const { recipe, ...rest } = z.looseObject({ recipe: z.unknown() }).parse(record);
      return { ...rest, recipe: withLiteralTexts(recipe) };
    },
  },
};

/** Inside a PNG the recipe travels as JSON in the same envelope. */
export const recipeSlice: Slice<Recipe> = {
  key: 'recipe',
  version: 2,
  schema: recipeSchema,
  migrations: { 1: withLiteralTexts },
};
