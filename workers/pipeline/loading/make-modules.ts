import type { Pixels } from '../../api.ts';
import type { PreviewMatrix } from '../../graph/graphs/fused-update.ts';
import type { Backend } from '../../runtime/sessions.ts';
import type { TensorTransform } from '../../weights/convert/convert-blocks.ts';
import { refuseUnbindable } from './binding-limit.ts';
import {
  ComponentLoader,
  sourceBytes,
  type LoadWeights,
  type LoadedComponents,
  type Transforms,
} from './load-components.ts';
import type { FoundComponent } from './found-component.ts';
import { VaeDecoder } from '../modules/vae-decoder.ts';
import { DenoiserSessions } from '../denoising/denoiser-sessions.ts';
import type { FoundComponents } from './find-components.ts';
import type { Preprocessors } from './find-preprocessors.ts';
import type { FullPrecision, LoadedModel, ModelModules } from '../model/loaded-model.ts';
import { SafetyChecker } from '../modules/safety-checker.ts';
import { SubjectEncoder } from '../modules/subject-encoder.ts';
import { UnifiedEncoder } from '../modules/unified-encoder.ts';
import type { Component } from '../modules/component.ts';

/** What the parts need besides their weights. */
export interface ModuleSettings {
  readonly backend: Backend;
  readonly preview: PreviewMatrix;
  readonly preprocessors: Preprocessors;
  readonly decodeImage: (image: Blob) => Promise<Pixels>;
}

/** The parts of a model from modules whose weights are on this machine. */
export function makeModules(brought: LoadedComponents, settings: ModuleSettings): ModelModules {
  return {
    unifiedEncoder: new UnifiedEncoder(settings.backend, brought.textEncoder),
    subjectEncoder: subjectEncoder(brought, settings),
    denoiser: denoiser(brought.unet, settings),
    vaeDecoder: new VaeDecoder(settings.backend, brought.vae),
    safetyChecker: safetyCheck(brought.safetyChecker, settings),
  };
}

/** Makes each part anew in f32, from where its weights came from. */
export function modulesInFullPrecision(
  found: FoundComponents,
  load: LoadWeights,
  transforms: Transforms,
  settings: ModuleSettings,
): LoadedModel['inFullPrecision'] {
  const { backend } = settings;
  const full = <C>(
    signal: AbortSignal,
    part: FoundComponent<C>,
    transform?: TensorTransform,
  ): Promise<Component<C>> => {
    refuseUnbindable([part], 'F32', backend.gpu);
    // A run has no event for bytes: how many there are was said before.
    return new ComponentLoader([part], load, signal, () => undefined).load(part, 'F32', transform);
  };
  const present = <C>(signal: AbortSignal, part: FoundComponent<C> | null): Promise<Component<C> | null> =>
    part === null ? Promise.resolve(null) : full(signal, part);
  return {
    unifiedEncoder: anew([found.textEncoder], async (signal) => ({
      unifiedEncoder: new UnifiedEncoder(backend, await full(signal, found.textEncoder, transforms.textEncoder)),
    })),
    subjectEncoder: anew([found.imageEncoder, found.projector], async (signal) => {
      const brought = {
        imageEncoder: await present(signal, found.imageEncoder),
        projector: await present(signal, found.projector),
      };
      return { subjectEncoder: subjectEncoder(brought, settings) };
    }),
    denoiser: anew([found.unet], async (signal) => ({
      denoiser: denoiser(await full(signal, found.unet, transforms.unet), settings),
    })),
    vaeDecoder: anew([found.vae], async (signal) => ({
      vaeDecoder: new VaeDecoder(backend, await full(signal, found.vae)),
    })),
    safetyChecker: anew([found.safetyChecker], async (signal) => ({
      safetyChecker: safetyCheck(await present(signal, found.safetyChecker), settings),
    })),
  };
}

function anew<P extends keyof ModelModules>(
  read: readonly (FoundComponent<unknown> | null)[],
  make: FullPrecision<P>['make'],
): FullPrecision<P> {
  return { sourceBytes: read.reduce((sum, part) => sum + (part === null ? 0 : sourceBytes(part)), 0), make };
}

function subjectEncoder(
  { imageEncoder, projector }: Pick<LoadedComponents, 'imageEncoder' | 'projector'>,
  { backend, preprocessors, decodeImage }: ModuleSettings,
): SubjectEncoder | null {
  if (imageEncoder === null || projector === null) return null;
  return new SubjectEncoder(
    backend,
    { imageEncoder, projector, preprocessor: preprocessors.imageEncoder },
    decodeImage,
  );
}

function denoiser(unet: LoadedComponents['unet'], { backend, preview }: ModuleSettings): DenoiserSessions {
  return new DenoiserSessions(backend, { unet, preview });
}

function safetyCheck(
  checker: LoadedComponents['safetyChecker'],
  { backend, preprocessors }: ModuleSettings,
): SafetyChecker | null {
  return checker === null ? null : new SafetyChecker(backend, checker, preprocessors.safetyChecker);
}
