import { blobSource } from '../../checkpoint/byte-source.ts';
import { planLoras } from '../../checkpoint/lora/plan-loras.ts';
import type { LoadProgress, LoraChoice, Notice } from '../../api.ts';
import type { TensorTransform } from '../../weights/convert/convert-blocks.ts';
import type { LocalWeights, MaterializeRequest } from '../../weights/convert/materialize.ts';
import type { ComputeDtype } from '../../weights/convert/materialize-plan.ts';
import { placeComponent, type FoundComponent, type Origin } from './found-component.ts';
import type { FoundComponents } from './find-components.ts';
import { loraTransform } from './lora-transform.ts';
import type { Component } from '../modules/component.ts';

/** The weights of one module, and whose they are. */
export interface WeightRequest extends MaterializeRequest {
  readonly origin: Origin | null;
}

/** Loads weights onto this machine: into memory, or into storage where they are kept. */
export type LoadWeights = (request: WeightRequest) => Promise<LocalWeights>;

type ConfigOf<F> = F extends FoundComponent<infer C> ? C : never;
type Placed<K extends keyof FoundComponents> =
  Component<ConfigOf<NonNullable<FoundComponents[K]>>> | (null extends FoundComponents[K] ? null : never);

/** Every module of a model, its weights on this machine. */
export type LoadedComponents = { readonly [K in keyof FoundComponents]: Placed<K> };

/** What changes weights while they are brought, by module. */
export interface Transforms {
  readonly unet: TensorTransform;
  readonly textEncoder: TensorTransform;
}

/** The transforms of LoRA files, and what the person should know of them. */
export interface PlannedTransforms extends Transforms {
  readonly notices: readonly Notice[];
}

/** Reads the headers of LoRA files. @throws PinwordError 'bad-lora' */
export async function planLoraTransforms(
  loras: readonly LoraChoice[],
  { unet, textEncoder }: FoundComponents,
): Promise<PlannedTransforms> {
  const inputs = loras.map(({ file, weight }) => ({ source: blobSource(file.name, file), weight }));
  const plan = await planLoras(inputs, { unet: unet.files.table, textEncoder: textEncoder.files.table });
  return { unet: loraTransform(plan.unet), textEncoder: loraTransform(plan.textEncoder), notices: plan.notices };
}

/** Loads modules one by one in a precision, and adds their progress up. */
export class ComponentLoader {
  readonly totalBytes: number;
  #before = 0;
  readonly #load: LoadWeights;
  readonly #signal: AbortSignal;
  readonly #onProgress: (progress: LoadProgress) => void;

  constructor(
    all: readonly FoundComponent<unknown>[],
    load: LoadWeights,
    signal: AbortSignal,
    onProgress: (progress: LoadProgress) => void,
  ) {
    this.totalBytes = all.reduce((sum, part) => sum + sourceBytes(part), 0);
    this.#load = load;
    this.#signal = signal;
    this.#onProgress = onProgress;
  }

  /** Errors: see materialize. */
  async load<C>(part: FoundComponent<C>, dtype: ComputeDtype, transform?: TensorTransform): Promise<Component<C>> {
    const local = await this.#load(this.request(part, dtype, transform));
    this.#before += sourceBytes(part);
    return placeComponent(part, local);
  }

  /** What load asks for. */
  request(
    { files, origin, spec, usedTensors }: FoundComponent<unknown>,
    dtype: ComputeDtype,
    transform?: TensorTransform,
  ): WeightRequest {
    const { totalBytes } = this;
    return {
      origin,
      source: files.weights,
      table: files.table,
      wanted: [...usedTensors].map((name) => ({ name })),
      dtype,
      signal: this.#signal,
      onProgress: (bytes) => {
        this.#onProgress({
          phase: 'download',
          file: spec.folder,
          bytes: Math.min(totalBytes, this.#before + bytes),
          totalBytes,
        });
      },
      ...(transform === undefined ? {} : { transform }),
    };
  }
}

/** Loads every module of a model. */
export async function loadComponents(
  found: FoundComponents,
  loader: ComponentLoader,
  dtype: ComputeDtype,
  transforms: Transforms,
): Promise<LoadedComponents> {
  const textEncoder = await loader.load(found.textEncoder, dtype, transforms.textEncoder);
  const imageEncoder = found.imageEncoder === null ? null : await loader.load(found.imageEncoder, dtype);
  const shared = found.safetyChecker !== null && found.safetyChecker === found.imageEncoder;
  return {
    textEncoder,
    imageEncoder,
    safetyChecker: shared
      ? imageEncoder
      : found.safetyChecker === null
        ? null
        : await loader.load(found.safetyChecker, dtype),
    projector: found.projector === null ? null : await loader.load(found.projector, dtype),
    unet: await loader.load(found.unet, dtype, transforms.unet),
    vae: await loader.load(found.vae, dtype),
  };
}

/** What loadComponents will ask for. */
export function componentRequests(
  found: FoundComponents,
  loader: ComponentLoader,
  dtype: ComputeDtype,
  { unet, textEncoder }: Transforms,
): WeightRequest[] {
  const transforms = new Map<FoundComponent<unknown>, TensorTransform>([
    [found.unet, unet],
    [found.textEncoder, textEncoder],
  ]);
  return distinctParts(found).map((part) => loader.request(part, dtype, transforms.get(part)));
}

/** Each module once. */
export function distinctParts(found: FoundComponents): FoundComponent<unknown>[] {
  return [...new Set<FoundComponent<unknown> | null>(Object.values(found))].filter((part) => part !== null);
}

/** Bytes of the tensors that are used, as they lie in the source. */
export function sourceBytes({ files, usedTensors }: FoundComponent<unknown>): number {
  let bytes = 0;
  for (const name of usedTensors) bytes += files.table.get(name)?.length ?? 0;
  return bytes;
}
