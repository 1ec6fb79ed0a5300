import type { PreviewMatrix } from '../../graph/graphs/fused-update.ts';
import type { ImageProcessorConfig } from '../../images/image-processor.ts';
import type { Backend } from '../../runtime/sessions.ts';
import { DenoiserSessions } from '../denoising/denoiser-sessions.ts';
import type { LoadedPart } from '../modules/loaded-part.ts';
import { LookEncoder } from '../modules/look-encoder.ts';
import type { LookMemory } from '../modules/look-memory.ts';
import type { ModuleId } from '../modules/non-finite-error.ts';
import { SafetyChecker } from '../modules/safety-checker.ts';
import { SubjectEncoder } from '../modules/subject-encoder.ts';
import type { DecodeImage } from '../modules/subject-picture.ts';
import { UnifiedEncoder } from '../modules/unified-encoder.ts';
import { TinyDecoder } from '../modules/tiny-decoder.ts';
import { fullDecoder, VaeDecoder } from '../modules/vae-decoder.ts';
import { fullEncoder, tinyEncoder as tinyEncoderOf, VaeEncoder } from '../modules/vae-encoder.ts';
import { partSpecs, type NullIfOptional, type PartConfig, type PartId } from './parts.ts';

/** The parts of a model whose weights are on this machine. */
export type LoadedParts = { readonly [P in PartId]: LoadedPart<PartConfig<P>> | NullIfOptional<P> };

/** How pictures are made ready for each module that looks at them. */
export interface Preprocessors {
  readonly imageEncoder: ImageProcessorConfig;
  readonly safetyChecker: ImageProcessorConfig;
  readonly lookImageEncoder: ImageProcessorConfig;
}

/** What modules need besides their weights. */
export interface ModuleSettings {
  readonly backend: Backend;
  readonly preview: PreviewMatrix;
  readonly preprocessors: Preprocessors;
  readonly decodeImage: DecodeImage;
  /** What is known of pictures' looks, and of their pseudo-words. */
  readonly lookMemory: LookMemory;
  readonly subjectMemory: LookMemory;
}

/** What computes in a model: which parts it is made of and how. */
interface ModuleSpec<M> {
  readonly parts: readonly PartId[];
  /** Where memory is short, encoders and network take turns on the GPU. */
  readonly turn: 'encoders' | 'network';
  /** A part that can be exchanged while the module stays, with the sessions that do not read it. */
  readonly exchanges?: PartId;
  exchange?(module: M, parts: LoadedParts): Promise<void>;
  /** @returns null where a part is missing */
  make(parts: LoadedParts, settings: ModuleSettings): M;
}

const module = <M>(spec: ModuleSpec<M>): ModuleSpec<M> => spec;

export const moduleSpecs = {
  unifiedEncoder: module({
    parts: ['textEncoder'],
    turn: 'encoders',
    make: ({ textEncoder }, { backend }) => new UnifiedEncoder(backend, textEncoder),
  }),
  subjectEncoder: module<SubjectEncoder | null>({
    parts: ['imageEncoder', 'projector'],
    turn: 'encoders',
    make: ({ imageEncoder, projector }, { backend, preprocessors, subjectMemory, decodeImage }) =>
      imageEncoder === null || projector === null
        ? null
        : new SubjectEncoder(
            backend,
            { imageEncoder, projector, preprocessor: preprocessors.imageEncoder },
            subjectMemory,
            decodeImage,
          ),
  }),
  lookEncoder: module<LookEncoder | null>({
    parts: ['lookImageEncoder', 'ipAdapter'],
    turn: 'encoders',
    make: ({ lookImageEncoder, ipAdapter }, { backend, preprocessors, lookMemory, decodeImage }) =>
      lookImageEncoder === null || ipAdapter === null
        ? null
        : new LookEncoder(
            backend,
            { imageEncoder: lookImageEncoder, adapter: ipAdapter, preprocessor: preprocessors.lookImageEncoder },
            lookMemory,
            decodeImage,
          ),
  }),
  safetyChecker: module<SafetyChecker | null>({
    parts: ['safetyChecker'],
    turn: 'encoders',
    make: ({ safetyChecker }, { backend, preprocessors }) =>
      safetyChecker === null ? null : new SafetyChecker(backend, safetyChecker, preprocessors.safetyChecker),
  }),
  denoiser: module<DenoiserSessions>({
    parts: ['unet', 'ipAdapter'],
    turn: 'network',
    exchanges: 'ipAdapter',
    exchange: (denoiser, { ipAdapter }) => denoiser.exchangeAdapter(ipAdapter),
    make: ({ unet, ipAdapter }, { backend, preview }) => new DenoiserSessions(backend, { unet, ipAdapter, preview }),
  }),
  vaeDecoder: module({
    parts: ['vaeDecoder'],
    turn: 'network',
    make: ({ vaeDecoder }, { backend }) => new VaeDecoder(backend, fullDecoder(vaeDecoder)),
  }),
  tinyDecoder: module<TinyDecoder | null>({
    parts: ['tinyDecoder'],
    turn: 'network',
    make: ({ tinyDecoder }, { backend }) => (tinyDecoder === null ? null : new TinyDecoder(backend, tinyDecoder)),
  }),
  vaeEncoder: module<VaeEncoder | null>({
    parts: ['vaeEncoder'],
    turn: 'encoders',
    make: ({ vaeEncoder }, { backend }) =>
      vaeEncoder === null ? null : new VaeEncoder(backend, fullEncoder(vaeEncoder)),
  }),
  tinyEncoder: module<VaeEncoder | null>({
    parts: ['tinyEncoder'],
    turn: 'encoders',
    make: ({ tinyEncoder }, { backend }) =>
      tinyEncoder === null ? null : new VaeEncoder(backend, tinyEncoderOf(tinyEncoder)),
  }),
} as const satisfies Record<ModuleId, ModuleSpec<unknown>>;

/** What computes. Each may overflow in f16, and is then replaced by itself in f32. null where the model lacks it. */
export type ModelModules = { [M in ModuleId]: ReturnType<(typeof moduleSpecs)[M]['make']> };

export const moduleIds = Object.keys(moduleSpecs) as readonly ModuleId[];

/** The modules of a model from parts whose weights are on this machine. */
export function makeModules(parts: LoadedParts, settings: ModuleSettings): ModelModules {
  return {
    unifiedEncoder: moduleSpecs.unifiedEncoder.make(parts, settings),
    subjectEncoder: moduleSpecs.subjectEncoder.make(parts, settings),
    lookEncoder: moduleSpecs.lookEncoder.make(parts, settings),
    safetyChecker: moduleSpecs.safetyChecker.make(parts, settings),
    denoiser: moduleSpecs.denoiser.make(parts, settings),
    vaeDecoder: moduleSpecs.vaeDecoder.make(parts, settings),
    tinyDecoder: moduleSpecs.tinyDecoder.make(parts, settings),
    vaeEncoder: moduleSpecs.vaeEncoder.make(parts, settings),
    tinyEncoder: moduleSpecs.tinyEncoder.make(parts, settings),
  };
}

/**
 * Of a model's modules, those whose parts are the same in another one, or can be exchanged, with the sessions that they
 * have open. Those that a run loaded on demand are loaded again: the other model's memory plan does not count them yet.
 */
export function keptModules(modules: ModelModules, before: LoadedParts, now: LoadedParts): Partial<ModelModules> {
  const stays = (id: ModuleId): boolean => {
    const { parts, exchanges }: ModuleSpec<unknown> = moduleSpecs[id];
    return parts.every(
      (part) =>
        part === exchanges ||
        (before[part] === now[part] && (partSpecs[part].need !== 'on-demand' || now[part] !== null)),
    );
  };
  return Object.fromEntries(moduleIds.filter(stays).map((id) => [id, modules[id]]));
}

/** Gives modules that stay the parts that they exchange. */
export async function exchangeParts(kept: Partial<ModelModules>, parts: LoadedParts): Promise<void> {
  for (const id of moduleIds) {
    const spec: ModuleSpec<unknown> = moduleSpecs[id];
    if (id in kept) await spec.exchange?.(kept[id], parts);
  }
}

/** Frees the sessions of some. */
export async function releaseModules(modules: ModelModules, isOne: (id: ModuleId) => boolean): Promise<void> {
  for (const id of moduleIds) if (isOne(id)) await modules[id]?.release();
}

/** Frees the sessions of those that take this turn. */
export function releaseTurn(modules: ModelModules, turn: 'encoders' | 'network'): Promise<void> {
  return releaseModules(modules, (id) => moduleSpecs[id].turn === turn);
}
