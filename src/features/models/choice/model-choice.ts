import * as z from 'zod';
import {
  loraWeight,
  memoryChoiceSchema,
  ownParts,
  type LoadModelRequest,
  type MemoryLevels,
  type ModelSource,
  type Provider,
  type Result,
} from '../../../../workers/api.ts';
import type { Slice } from '../../../storage/slice.ts';
import { appleMobileMemory, isOnAppleMobile } from '../../../engine-client/apple-mobile.ts';
import { fileOf, keptFileSchema } from './file-shelf.ts';
import { lastingSource, lastingSourceSchema, lenderSchema, type LastingSource } from '../sources/sources.ts';

const providerChoice = z.enum(['auto', 'webgpu', 'wasm']);
const chosenLoraSchema = keptFileSchema.extend({ weight: z.number().min(loraWeight.min).max(loraWeight.max) });
type ChosenLora = z.infer<typeof chosenLoraSchema>;

/** Weights of a projector, and the config.json of our own format where it was chosen along. */
const keptProjectorSchema = keptFileSchema.extend({ config: keptFileSchema.nullable().default(null) });
type KeptProjector = z.infer<typeof keptProjectorSchema>;

/** A file of a repository; or the repository, where the engine knows where in it to look. */
const repoPathSchema = <Path extends z.ZodType<string | null>>(path: Path) =>
  z.object({ kind: z.literal('from'), source: lenderSchema, path });
const chosenFileSchema = z.object({ kind: z.literal('file'), file: keptFileSchema });

const ipAdapterSchema = z.discriminatedUnion('kind', [chosenFileSchema, repoPathSchema(z.string().min(1))]);
const lookEncoderSchema = z.discriminatedUnion('kind', [
  chosenFileSchema,
  repoPathSchema(z.string().min(1).nullable()),
]);
const tinySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('files'), files: z.array(keptFileSchema).min(1) }),
  repoPathSchema(z.string().min(1).nullable()),
]);

/** Levels that the person chose. Versions before 0.5 wrote null for those that they had not. */
const planSchema = z.preprocess(
  (plan) =>
    typeof plan === 'object' && plan !== null
      ? Object.fromEntries(Object.entries(plan).filter(([, level]) => level !== null))
      : plan,
  memoryChoiceSchema,
);
/** What is absent is left to the engine. */
export type PlanChoice = Partial<MemoryLevels>;

const lastingChoiceSchema = z.object({
  source: lastingSourceSchema,
  provider: providerChoice,
  projectors: z.array(keptProjectorSchema),
  projector: z.string().nullable(),
  imageEncoder: lastingSourceSchema.nullable(),
  vae: lastingSourceSchema.nullable().default(null),
  loras: z.array(chosenLoraSchema),
  ipAdapter: ipAdapterSchema.nullable().default(null),
  lookImageEncoder: lookEncoderSchema.nullable().default(null),
  tinyAutoencoder: tinySchema.nullable().default(null),
  plan: planSchema,
  keep: z.boolean(),
});
type LastingChoice = z.infer<typeof lastingChoiceSchema>;

/** Which model to run, on what, and what goes with it. */
export interface ModelChoice {
  readonly source: ModelSource;
  /** 'auto' takes WebGPU and asks before it falls back. */
  readonly provider: z.infer<typeof providerChoice>;
  /** Projector files at hand. */
  readonly projectors: readonly KeptProjector[];
  /** Id of the one that is used; null takes the checkpoint's own. */
  readonly projector: string | null;
  /** Where the CLIP vision tower comes from; null takes the checkpoint's own. */
  readonly imageEncoder: LastingSource | null;
  /** Where the VAE comes from; null takes the checkpoint's own. */
  readonly vae: LastingSource | null;
  readonly loras: readonly ChosenLora[];
  /** The IP-Adapter that gives pinned pictures a look. */
  readonly ipAdapter: z.infer<typeof ipAdapterSchema> | null;
  /** Where its image encoder comes from; null looks beside it. */
  readonly lookImageEncoder: z.infer<typeof lookEncoderSchema> | null;
  /** A tiny decoder and encoder for the model's latents. */
  readonly tinyAutoencoder: z.infer<typeof tinySchema> | null;
  readonly plan: PlanChoice;
  /** Keep downloaded checkpoints in the browser's storage. */
  readonly keep: boolean;
}

export const firstChoice: ModelChoice = {
  source: { kind: 'embedded' },
  provider: 'auto',
  projectors: [],
  projector: null,
  imageEncoder: null,
  vae: null,
  loras: [],
  ipAdapter: null,
  lookImageEncoder: null,
  tinyAutoencoder: null,
  plan: {},
  keep: true,
};

export const modelChoiceSlice: Slice<LastingChoice> = {
  key: 'model',
  version: 1,
  schema: lastingChoiceSchema,
  migrations: {},
};

export function lastingChoice(choice: ModelChoice): LastingChoice {
  return {
    ...choice,
    source: lastingSource(choice.source),
    projectors: [...choice.projectors],
    loras: [...choice.loras],
  };
}

function missing(name: string): Result<never> {
  return {
    ok: false,
    error: {
      code: 'file-not-found',
      message: `${name} is no longer in this browser’s storage. Remove it under “Model” and add it again.`,
    },
  };
}

/** The request that loads this choice; the miniature model takes no add-ons, for they are made for Stable Diffusion. */
export async function loadRequest(choice: ModelChoice, provider: Provider): Promise<Result<LoadModelRequest>> {
  const { source, keep } = choice;
  const plain: LoadModelRequest = {
    source,
    provider,
    keep,
    ...ownParts,
    plan: choice.plan,
    ...(isOnAppleMobile() ? { memoryLimit: appleMobileMemory } : {}),
  };
  if (source.kind === 'embedded') return { ok: true, value: plain };

  const loras: LoadModelRequest['loras'][number][] = [];
  for (const lora of choice.loras.filter(({ weight }) => weight !== 0)) {
    const file = await fileOf(lora);
    if (file === null) return missing(lora.name);
    loras.push({ file, weight: lora.weight });
  }
  const projector = await projectorChoice(choice);
  if (!projector.ok) return projector;
  const look = await lookChoice(choice);
  if (!look.ok) return look;
  const tinyAutoencoder = await tinyChoice(choice);
  if (!tinyAutoencoder.ok) return tinyAutoencoder;
  return {
    ok: true,
    value: {
      ...plain,
      ...look.value,
      tinyAutoencoder: tinyAutoencoder.value,
      loras,
      projector: projector.value,
      imageEncoder: lender(choice.imageEncoder),
      vae: lender(choice.vae),
    },
  };
}

function lender(source: LastingSource | null): LoadModelRequest['vae'] {
  return source === null ? { kind: 'checkpoint' } : { kind: 'from', source };
}

async function lookChoice({
  ipAdapter,
  lookImageEncoder,
}: ModelChoice): Promise<Result<Pick<LoadModelRequest, 'ipAdapter' | 'lookImageEncoder'>>> {
  const adapter = ipAdapter === null ? { kind: 'none' as const } : await withFile(ipAdapter);
  const encoder = lookImageEncoder === null ? { kind: 'adapter' as const } : await withFile(lookImageEncoder);
  if (adapter.kind === 'gone') return missing(adapter.name);
  if (encoder.kind === 'gone') return missing(encoder.name);
  return { ok: true, value: { ipAdapter: adapter, lookImageEncoder: encoder } };
}

async function tinyChoice({
  tinyAutoencoder: chosen,
}: ModelChoice): Promise<Result<NonNullable<LoadModelRequest['tinyAutoencoder']>>> {
  if (chosen === null) return { ok: true, value: { kind: 'none' } };
  if (chosen.kind === 'from') return { ok: true, value: chosen };
  const files: File[] = [];
  for (const kept of chosen.files) {
    const file = await fileOf(kept);
    if (file === null) return missing(kept.name);
    files.push(file);
  }
  return { ok: true, value: { kind: 'files', files } };
}

/** A file that was kept as the engine takes it; all others as they are. */
async function withFile<Other extends { readonly kind: 'from' }>(
  chosen: z.infer<typeof chosenFileSchema> | Other,
): Promise<Other | { readonly kind: 'file'; readonly file: File } | { readonly kind: 'gone'; readonly name: string }> {
  if (chosen.kind === 'from') return chosen;
  const file = await fileOf(chosen.file);
  return file === null ? { kind: 'gone', name: chosen.file.name } : { kind: 'file', file };
}

async function projectorChoice({ projectors, projector }: ModelChoice): Promise<Result<LoadModelRequest['projector']>> {
  const kept = projectors.find(({ id }) => id === projector);
  if (kept === undefined) return { ok: true, value: { kind: 'checkpoint' } };
  const file = await fileOf(kept);
  const config = kept.config === null ? null : await fileOf(kept.config);
  if (file === null || (kept.config !== null && config === null)) return missing(kept.name);
  return { ok: true, value: { kind: 'file', file, config } };
}
