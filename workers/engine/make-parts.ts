import type { Pixels } from '../api.ts';
import type { PreviewMatrix } from '../graph/fused-update.ts';
import type { Backend } from '../runtime/sessions.ts';
import { refuseUnbindable } from './binding-limit.ts';
import { ComponentBringer, type BringWeights, type BroughtComponents, type Transforms } from './bring-components.ts';
import type { Component, FoundComponent } from './component.ts';
import { Decoder } from './decoder.ts';
import { DenoiserSessions } from './denoiser-sessions.ts';
import type { FoundComponents } from './find-components.ts';
import type { ImageProcessorConfig } from './image-processor.ts';
import type { LoadedModel, ModelParts } from './loaded-model.ts';
import { SafetyCheck } from './safety-check.ts';
import { SubjectEncoder } from './subject-encoder.ts';
import { TextConditions } from './text-conditions.ts';

/** What the parts need besides their weights. */
export interface PartSettings {
  readonly backend: Backend;
  readonly preview: PreviewMatrix;
  readonly preprocessor: ImageProcessorConfig;
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
export function partsInFullPrecision(found: FoundComponents, bring: BringWeights, transforms: Transforms, settings: PartSettings): LoadedModel['inFullPrecision'] {
  // Loading is over: there is no progress to report and nothing to cancel.
  const bringer = new ComponentBringer([], bring, new AbortController().signal, () => undefined);
  const full = <C>(part: FoundComponent<C>, transform?: Transforms[keyof Transforms]): Promise<Component<C>> => {
    refuseUnbindable([part], 'F32', settings.backend.gpu);
    return bringer.bring(part, 'F32', transform);
  };
  const present = <C>(part: FoundComponent<C> | null): Promise<Component<C> | null> => (part === null ? Promise.resolve(null) : full(part));
  return {
    textConditions: async () => ({ textConditions: new TextConditions(settings.backend, await full(found.textEncoder, transforms.textEncoder)) }),
    subjectEncoder: async () => {
      const brought = { imageEncoder: await present(found.imageEncoder), projector: await present(found.projector) };
      return { subjectEncoder: subjectEncoder(brought, settings) };
    },
    denoiser: async () => ({ denoiser: denoiser(await full(found.unet, transforms.unet), settings) }),
    decoder: async () => ({ decoder: new Decoder(settings.backend, await full(found.vae)) }),
    safetyCheck: async () => ({ safetyCheck: safetyCheck(await present(found.safetyChecker), settings) }),
  };
}

function subjectEncoder({ imageEncoder, projector }: Pick<BroughtComponents, 'imageEncoder' | 'projector'>, { backend, preprocessor, decodeImage }: PartSettings): SubjectEncoder | null {
  if (imageEncoder === null || projector === null) return null;
  return new SubjectEncoder(backend, { imageEncoder, projector, preprocessor }, decodeImage);
}

function denoiser(unet: BroughtComponents['unet'], { backend, preview }: PartSettings): DenoiserSessions {
  return new DenoiserSessions(backend, { unet, preview });
}

function safetyCheck(checker: BroughtComponents['safetyChecker'], { backend, preprocessor }: PartSettings): SafetyCheck | null {
  return checker === null ? null : new SafetyCheck(backend, checker, preprocessor);
}
