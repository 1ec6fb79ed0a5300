/** A picture that waits for its turn: all that it takes to make it, as it was when it was asked for. */
import * as z from 'zod';
import type { Slice } from '../../../storage/slice.ts';
import { composeSchema } from '../../compose/pins/pins.ts';
import { comparisonSchema } from '../../gallery/picture-record.ts';
import { settingsSchema } from '../../settings/settings.ts';
import { startSchema } from '../../start/start-store.ts';

const jobSchema = z.object({
  id: z.string().min(1),
  /** Jobs are made from the lowest up; moved ones take a place between two others. */
  place: z.number(),
  compose: composeSchema,
  settings: settingsSchema,
  /** The model that was loaded or chosen when it was asked for. */
  model: z.object({ id: z.string(), name: z.string() }).nullable(),
  /** Why it failed when it was tried; null where it was not. */
  problem: z.string().nullable(),
  /** Where it is one of several that are compared. */
  comparison: comparisonSchema.nullable(),
  /** Absent where it starts from noise alone. */
  start: z.exactOptional(startSchema),
  /** Weights of LoRA files, by their id, other than those that are chosen. */
  loraWeights: z.exactOptional(z.record(z.string(), z.number())),
});
export type Job = z.infer<typeof jobSchema>;

export const jobSlice: Slice<Job> = { key: 'job', version: 1, schema: jobSchema, migrations: {} };
