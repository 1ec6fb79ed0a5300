import type { ModelSummary, Notice } from '../../api.ts';
import { weightFileStem } from '../../contract/file-kinds.ts';
import { notice } from '../../contract/notices.ts';
import { detailLayers } from '../../graph/modules/detail-names.ts';
import { isForInpainting } from '../../graph/graphs/unet.ts';
import type { Backend } from '../../runtime/sessions.ts';
import type { MemoryNeeds } from '../model/memory-needs.ts';
import { describePlan, type MemoryPlan } from '../model/memory-plan.ts';
import { partIds, partSpecs } from '../model/parts.ts';
import type { LoadedParts } from '../model/modules.ts';
import { isStableDiffusion1Latent } from '../modules/latent-size.ts';
import { storedInsteadNotices, type Checkpoint } from './checkpoint.ts';
import { describeJudge } from './find-judge.ts';
import type { FoundModel, ModelPlaces } from './find-model.ts';
import { tokensOfLook } from './measure-needs.ts';
import { partsToLoad, sourceBytes, type FoundParts } from './found-part.ts';

interface Loaded {
  readonly backend: Backend;
  readonly places: ModelPlaces;
  readonly model: FoundModel;
  readonly parts: LoadedParts;
  readonly needs: MemoryNeeds;
  readonly plan: MemoryPlan;
  /** What the storage has to say. */
  readonly ofStorage: Notice | null;
  /** Bytes of the VAE's encoder that are not here yet. */
  readonly encoderDownload: number;
}

/** What the window is told of a model. */
export function describeModel(loaded: Loaded): ModelSummary {
  const { backend, places, model, parts, needs, plan, ofStorage, encoderDownload } = loaded;
  const { found, schedulerConfig } = model;
  const { checkpoint } = places;
  return {
    id: checkpoint.identity ?? checkpoint.name,
    name: checkpoint.name,
    provider: backend.gpu === null ? 'wasm' : 'webgpu',
    precision: plan.precision,
    nativeSize: needs.vaeScale * needs.height,
    sizeMultiple: needs.vaeScale,
    predictionType: schedulerConfig.prediction_type ?? 'epsilon',
    embeddingDimension: found.textEncoder.config.hidden_size,
    canStartFromPictures: found.vaeEncoder !== null,
    hasVaeEncoder: parts.vaeEncoder !== null,
    takesTinyAutoencoder: isStableDiffusion1Latent(found.vaeDecoder.config),
    tinyAutoencoder: tinySummary(found),
    pictureEncoderDownload: parts.vaeEncoder === null ? encoderDownload : 0,
    canCopyDetail: found.vaeEncoder !== null && detailLayers(parts.unet.config).length > 0,
    isForInpainting: isForInpainting(parts.unet.config),
    judge: describeJudge(found),
    canPinPictures: parts.imageEncoder !== null && parts.projector !== null,
    look: lookSummary(found),
    parts: partIds.filter((id) => parts[id] !== null).map((id) => partSpecs[id].label),
    plan: describePlan(plan, needs, { isGpu: backend.gpu !== null }),
    bytesLoaded: partsToLoad(found, parts.vaeEncoder !== null).reduce((sum, part) => sum + sourceBytes(part), 0),
    notices: [
      ...noticesOf(found),
      ...model.notices,
      ...model.loraNotices,
      ...storedInsteadNotices(lenders(places, model.lookLender)),
      ...(ofStorage === null ? [] : [ofStorage]),
    ],
  };
}

function tinySummary({ tinyDecoder, tinyEncoder }: FoundParts): ModelSummary['tinyAutoencoder'] {
  if (tinyDecoder === null) return null;
  const { origin, files } = tinyDecoder;
  return { name: origin?.name ?? weightFileStem(files.weights.name), encodes: tinyEncoder !== null };
}

function lookSummary(found: FoundParts): ModelSummary['look'] {
  const { ipAdapter, lookImageEncoder } = found;
  if (ipAdapter === null || lookImageEncoder === null) return null;
  const { projection } = ipAdapter.config;
  return {
    name: weightFileStem(ipAdapter.files.weights.name.replace(/^.*\//, '')),
    kind: projection.kind,
    tokens: tokensOfLook(found),
  };
}

/** Every checkpoint that something comes from, each once. */
function lenders(
  { checkpoint, imageEncoder, vae, look, tiny }: ModelPlaces,
  lookLender: Checkpoint | null,
): Checkpoint[] {
  const adapter = look === null || look.adapter instanceof File ? null : look.adapter.checkpoint;
  const lender = tiny?.kind === 'from' ? tiny.checkpoint : null;
  return [...new Set([checkpoint, imageEncoder, vae, adapter, lookLender, lender])].filter((one) => one !== null);
}

/** A picture can be pinned as a word, or by its look. */
function noticesOf({ imageEncoder, projector, ipAdapter }: FoundParts): Notice[] {
  if (ipAdapter !== null || (imageEncoder !== null && projector !== null)) return [];
  const lacks = imageEncoder === null ? 'image encoder' : 'projector';
  return [notice('no-pictures', lacks)];
}
