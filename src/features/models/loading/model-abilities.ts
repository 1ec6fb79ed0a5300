/** What the chosen or loaded model can do, and where: read from the engine's state. */
import type { AddedPart, Provider } from '../../../../workers/api.ts';
import type { ModelChoice } from '../choice/model-choice.ts';
import type { EngineState } from './engine-store.ts';

/** Where the chosen model runs; null where that takes a word of the person. */
export function providerOf({ device, choice }: Pick<EngineState, 'device' | 'choice'>): Provider | null {
  if (choice.provider !== 'auto') return choice.provider;
  if (device?.webgpu == null) return null;
  // A graphics processor that is only imitated is many times slower than the processor itself.
  return device.webgpu.software && choice.source.kind === 'embedded' ? 'wasm' : 'webgpu';
}

/** Whether this browser must be told what to do, or asked to run on the processor. */
export function lacksWebGpu({ device, choice }: Pick<EngineState, 'device' | 'choice'>): boolean {
  return device?.webgpu === null && choice.provider !== 'wasm';
}

/** What is wrong with something that was added to the model; null where nothing is. */
export function problemOf({ model }: Pick<EngineState, 'model'>, part: AddedPart): string | null {
  return model.kind === 'failed' && model.error.about === part ? model.error.message : null;
}

/** Whether a download of this choice stays where it is when it is stopped. */
export function keepsDownloads({ source, keep }: Pick<ModelChoice, 'source' | 'keep'>): boolean {
  return keep && (source.kind === 'hub' || source.kind === 'url');
}

/** Whether the loaded model reads from this stored checkpoint; where its other parts come from is not told apart. */
export function usesStored({ model, choice }: Pick<EngineState, 'model' | 'choice'>, id: string): boolean {
  const { imageEncoder, vae, ipAdapter, lookImageEncoder, tinyAutoencoder } = choice;
  const hasLender =
    imageEncoder !== null ||
    vae !== null ||
    [ipAdapter, lookImageEncoder, tinyAutoencoder].some((part) => part?.kind === 'from');
  return model.kind === 'ready' && (model.summary.id === id || hasLender);
}

/** Whether pictures and previews can be made through a tiny autoencoder. */
export function hasTiny({ model }: Pick<EngineState, 'model'>): boolean {
  return model.kind === 'ready' && model.summary.tinyAutoencoder !== null;
}

/** Whether a tiny autoencoder is offered: for all models whose latents it may read, as far as is known yet. */
export function takesTiny({ model, choice }: Pick<EngineState, 'model' | 'choice'>): boolean {
  if (choice.source.kind === 'embedded') return false;
  return choice.tinyAutoencoder !== null || model.kind !== 'ready' || model.summary.takesTinyAutoencoder;
}

/** Whether pinned pictures can speak by their look: by the model that is loaded, or the one that will be. */
export function givesLook({ model }: Pick<EngineState, 'model'>): boolean {
  return model.kind === 'ready' && model.summary.look !== null;
}

/** Whether pinned pictures can be bound to their word: what they give beside it, a look or their fine detail. */
export function bindsToWord(state: Pick<EngineState, 'model'>): boolean {
  return givesLook(state) || copiesDetail(state);
}

/** Whether the model that is loaded can copy the fine detail of pinned pictures. */
export function copiesDetail({ model }: Pick<EngineState, 'model'>): boolean {
  return model.kind === 'ready' && model.summary.canCopyDetail;
}

/** What copying fine detail begins with, in bytes to download; null where the model that is loaded cannot copy it. */
export function detailDownload(
  { model }: Pick<EngineState, 'model'>,
  { readsByTiny }: { readonly readsByTiny: boolean },
): number | null {
  if (model.kind !== 'ready' || !model.summary.canCopyDetail) return null;
  const { tinyAutoencoder, pictureEncoderDownload } = model.summary;
  return readsByTiny && tinyAutoencoder?.encodes === true ? 0 : pictureEncoderDownload;
}

/** Why the loaded model cannot start from a picture; null where it can, or none is loaded yet. */
export function lacksStart({ model }: Pick<EngineState, 'model'>): string | null {
  if (model.kind !== 'ready' || model.summary.canStartFromPictures) return null;
  return `${model.summary.name} brings no VAE encoder, so it cannot start from a picture.`;
}
