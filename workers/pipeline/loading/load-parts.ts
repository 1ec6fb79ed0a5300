import { blobSource } from '../../checkpoint/bytes/byte-source.ts';
import { planLoras } from '../../checkpoint/lora/plan-loras.ts';
import type { LoadProgress, LoraChoice, Notice } from '../../api.ts';
import type { TensorTransform } from '../../weights/convert/convert-blocks.ts';
import type { LocalWeights, MaterializeRequest } from '../../weights/convert/materialize.ts';
import type { LoadedParts } from '../model/modules.ts';
import { about } from '../../errors.ts';
import { partIds, partSpecs, type PartId, type PartSpec } from '../model/parts.ts';
import type { LoadedPart } from '../modules/loaded-part.ts';
import { sourceBytes, type FoundPart, type FoundParts, type Origin } from './found-part.ts';
import { loraTransform } from './lora-transform.ts';
import type { ComputeDtype } from '../../contract/memory.ts';

/** The weights of one part, and whose they are. */
export interface WeightRequest extends MaterializeRequest {
  readonly origin: Origin | null;
}

/** Loads weights onto this machine: into memory, or into storage where they are kept. */
export type LoadWeights = (request: WeightRequest) => Promise<LocalWeights>;

/** What changes weights while they are loaded, by part. */
export type Transforms = Readonly<Partial<Record<PartId, TensorTransform>>>;

/** Reads the headers of LoRA files; what the person should know of them comes along. @throws PinwordError 'bad-lora' */
export async function planLoraTransforms(
  loras: readonly LoraChoice[],
  { unet, textEncoder }: FoundParts,
): Promise<{ readonly transforms: Transforms; readonly notices: readonly Notice[] }> {
  const inputs = loras.map(({ file, weight }) => ({ source: blobSource(file.name, file), weight }));
  const plan = await planLoras(inputs, { unet: unet.files.table, textEncoder: textEncoder.files.table });
  return {
    transforms: { unet: loraTransform(plan.unet), textEncoder: loraTransform(plan.textEncoder) },
    notices: plan.notices,
  };
}

interface PartLoaderOptions {
  readonly load: LoadWeights;
  readonly dtype: ComputeDtype;
  readonly transforms: Transforms;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: LoadProgress) => void;
}

/** Loads the weights of parts one by one in a precision, and adds their progress up. */
export class PartLoader {
  readonly totalBytes: number;
  readonly requests: readonly WeightRequest[];
  #before = 0;
  readonly #parts: readonly FoundPart<unknown>[];
  readonly #options: PartLoaderOptions;

  constructor(parts: readonly FoundPart<unknown>[], options: PartLoaderOptions) {
    this.#parts = parts;
    this.#options = options;
    this.totalBytes = parts.reduce((sum, part) => sum + sourceBytes(part), 0);
    this.requests = parts.map((part) => this.#request(part));
  }

  /** @returns the parts by id; null for those that were not among what this loads. Errors: see materialize. */
  async load(found: FoundParts): Promise<LoadedParts> {
    const loaded = new Map<FoundPart<unknown> | null, LoadedPart<unknown>>();
    for (const [index, part] of this.#parts.entries()) {
      const request = this.requests[index];
      if (request !== undefined) loaded.set(part, placed(part, await this.#bring(part, request)));
      this.#before += sourceBytes(part);
    }
    return Object.fromEntries(partIds.map((id) => [id, loaded.get(found[id]) ?? null])) as LoadedParts;
  }

  #bring({ id }: FoundPart<unknown>, request: WeightRequest): Promise<LocalWeights> {
    const { added }: PartSpec<unknown> = partSpecs[id];
    const bring = (): Promise<LocalWeights> => this.#options.load(request);
    return added === undefined ? bring() : about(added, bring);
  }

  #request({ id, files, origin, usedTensors }: FoundPart<unknown>): WeightRequest {
    const { totalBytes } = this;
    const { dtype, transforms, signal, onProgress } = this.#options;
    const transform = transforms[id];
    const spec: PartSpec<unknown> = partSpecs[id];
    return {
      origin,
      source: files.weights,
      table: files.table,
      wanted: [...usedTensors].map((name) => ({ name })),
      dtype,
      signal,
      onProgress: (bytes) => {
        onProgress({
          phase: 'download',
          file: partSpecs[id].folder,
          bytes: Math.min(totalBytes, this.#before + bytes),
          totalBytes,
        });
      },
      ...(spec.sharesFile === true ? { subset: id } : {}),
      ...(transform === undefined ? {} : { transform }),
    };
  }
}

function placed({ id, config }: FoundPart<unknown>, local: LocalWeights): LoadedPart<unknown> {
  return { config, weights: { table: local.table, location: id }, file: { path: id, data: local.blob } };
}
