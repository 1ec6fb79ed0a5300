import type { Pixels } from '../../api.ts';
import type { PreviewMatrix } from '../../graph/graphs/fused-update.ts';
import type { Backend } from '../../runtime/sessions.ts';
import type { TensorTransform } from '../../weights/convert/convert-blocks.ts';
import { refuseUnbindable } from './binding-limit.ts';
import {
  ComponentBringer,
  sourceBytes,
  type BringWeights,
  type BroughtComponents,
  type Transforms,
} from './load-components.ts';
import type { FoundComponent } from './found-component.ts';
import { Decoder } from '../modules/vae-decoder.ts';
import { DenoiserSessions } from '../denoising/denoiser-sessions.ts';
import type { FoundComponents } from './find-components.ts';
import type { Preprocessors } from './find-preprocessors.ts';
import type { FullPrecision, LoadedModel, ModelParts } from '../model/loaded-model.ts';
import { SafetyCheck } from '../modules/safety-checker.ts';
import { SubjectEncoder } from '../modules/subject-encoder.ts';
import { TextConditions } from '../modules/text-encoder.ts';
import type { Component } from '../modules/component.ts';

/** What the parts need besides their weights. */
export interface PartSettings {
  readonly backend: Backend;
  readonly preview: PreviewMatrix;
  readonly preprocessors: Preprocessors;
  readonly decodeImage: (image: Blob) => Promise<Pixels>;
}

/** The parts of a model from modules whose weights are on this machine. */
export function makeParts(brought: BroughtComponents, settings: PartSettings): ModelParts {
  return {
    textConditions: new TextConditions(settings.backend, brought.textEncoder),
    subjectEncoder: subjectEncoder(brought, settings),
    denoiser: denoiser(brought.unet, settings),
    decoder: new Decoder(settings.backend, brought.vae),
    safetyCheck: safetyCheck(brought.safetyChecker, settings),
  };
}

/** Makes each part anew in f32, from where its weights came from. */
export function partsInFullPrecision(
  found: FoundComponents,
  bring: BringWeights,
  transforms: Transforms,
  settings: PartSettings,
): LoadedModel['inFullPrecision'] {
  const { backend } = settings;
  const full = <C>(
    signal: AbortSignal,
    part: FoundComponent<C>,
    transform?: TensorTransform,
  ): Promise<Component<C>> => {
    refuseUnbindable([part], 'F32', backend.gpu);
    // A run has no event for bytes: how many there are was said before.
    return new ComponentBringer([part], bring, signal, () => undefined).bring(part, 'F32', transform);
  };
  const present = <C>(signal: AbortSignal, part: FoundComponent<C> | null): Promise<Component<C> | null> =>
    part === null ? Promise.resolve(null) : full(signal, part);
  return {
    textConditions: anew([found.textEncoder], async (signal) => ({
      textConditions: new TextConditions(backend, await full(signal, found.textEncoder, transforms.textEncoder)),
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
    decoder: anew([found.vae], async (signal) => ({ decoder: new Decoder(backend, await full(signal, found.vae)) })),
    safetyCheck: anew([found.safetyChecker], async (signal) => ({
      safetyCheck: safetyCheck(await present(signal, found.safetyChecker), settings),
    })),
  };
}

function anew<P extends keyof ModelParts>(
  read: readonly (FoundComponent<unknown> | null)[],
  make: FullPrecision<P>['make'],
): FullPrecision<P> {
  return { sourceBytes: read.reduce((sum, part) => sum + (part === null ? 0 : sourceBytes(part)), 0), make };
}

function subjectEncoder(
  { imageEncoder, projector }: Pick<BroughtComponents, 'imageEncoder' | 'projector'>,
  { backend, preprocessors, decodeImage }: PartSettings,
): SubjectEncoder | null {
  if (imageEncoder === null || projector === null) return null;
  return new SubjectEncoder(
    backend,
    { imageEncoder, projector, preprocessor: preprocessors.imageEncoder },
    decodeImage,
  );
}

function denoiser(unet: BroughtComponents['unet'], { backend, preview }: PartSettings): DenoiserSessions {
  return new DenoiserSessions(backend, { unet, preview });
}

function safetyCheck(
  checker: BroughtComponents['safetyChecker'],
  { backend, preprocessors }: PartSettings,
): SafetyCheck | null {
  return checker === null ? null : new SafetyCheck(backend, checker, preprocessors.safetyChecker);
}
