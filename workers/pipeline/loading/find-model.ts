import { allInOrder } from '../../all-in-order.ts';
import type { LoadModelRequest, Notice } from '../../api.ts';
import type { PreviewMatrix } from '../../graph/graphs/fused-update.ts';
import { parseSchedulerConfig, type SchedulerFile } from '../../schedulers/scheduler-config.ts';
import { previewConfig, stableDiffusionPreview } from '../denoising/preview-matrix.ts';
import type { Preprocessors } from '../model/modules.ts';
import { loadTokenizer, type Tokenizer } from '../prompt/tokenizer.ts';
import type { Checkpoint } from './checkpoint.ts';
import { findLook, withoutLook, type LookChoice } from './find-look.ts';
import { findParts, findTiny } from './find-parts.ts';
import type { TinyChoice } from './find-tiny-autoencoder.ts';
import { findPreprocessors } from './find-preprocessors.ts';
import type { FoundPart, FoundParts } from './found-part.ts';
import { planLoraTransforms, type Transforms } from './load-parts.ts';

/** Where a model and its parts are looked for. */
export interface ModelPlaces {
  readonly checkpoint: Checkpoint;
  /** Where the image encoder comes from, if not from the checkpoint. */
  readonly imageEncoder: Checkpoint | null;
  /** Where the VAE comes from, if not from the checkpoint. */
  readonly vae: Checkpoint | null;
  /** The IP-Adapter that was chosen. */
  readonly look: LookChoice | null;
  /** The tiny autoencoder that was chosen. */
  readonly tiny: TinyChoice | null;
}

/** All that a model is made of but its weights: of these, headers. */
export interface FoundModel {
  readonly found: FoundParts;
  /** Where the IP-Adapter's image encoder comes from; null where there is none, or a file of its own. */
  readonly lookLender: Checkpoint | null;
  readonly schedulerConfig: SchedulerFile;
  readonly tokenizer: Tokenizer;
  readonly preview: PreviewMatrix;
  readonly preprocessors: Preprocessors;
  readonly transforms: Transforms;
  readonly notices: readonly Notice[];
  /** What is to be known of its LoRA files. */
  readonly loraNotices: readonly Notice[];
}

/** Errors: see loadModel. */
export async function findModel(request: LoadModelRequest, places: ModelPlaces): Promise<FoundModel> {
  const { checkpoint, imageEncoder, vae, look, tiny } = places;
  const projector = request.projector.kind === 'file' ? request.projector : null;
  const [{ found, lookLender, notices }, schedulerJson, previewJson] = await allInOrder([
    findParts(checkpoint, { imageEncoder, vae, look, tiny, projector }),
    checkpoint.json('scheduler/scheduler_config.json'),
    checkpoint.json('preview/config.json'),
  ]);
  const schedulerConfig = parseSchedulerConfig(schedulerJson);
  const lenders = { imageEncoder, lookImageEncoder: lookLender };
  const [tokenizer, preprocessors, loras] = await allInOrder([
    loadTokenizer(checkpoint, found.textEncoder.config.max_position_embeddings),
    findPreprocessors(found, checkpoint, lenders),
    planLoraTransforms(request.loras, found),
  ]);
  const preview = previewConfig.safeParse(previewJson).data ?? stableDiffusionPreview;
  return {
    found,
    lookLender,
    schedulerConfig,
    tokenizer,
    preview,
    preprocessors,
    transforms: loras.transforms,
    notices,
    loraNotices: loras.notices,
  };
}

/**
 * The same model with another IP-Adapter or tiny autoencoder, or none. Errors: see findLook and findTinyAutoencoder.
 * @param change what is another one: null is none
 */
export async function findOtherAdded(
  before: FoundModel,
  places: ModelPlaces,
  { look, tiny }: Partial<Pick<ModelPlaces, 'look' | 'tiny'>>,
): Promise<FoundModel> {
  const model = look === undefined ? before : await findOtherLook(before, places, look);
  return tiny === undefined ? model : { ...model, found: { ...model.found, ...(await findTiny(model.found, tiny)) } };
}

async function findOtherLook(
  before: FoundModel,
  { checkpoint, imageEncoder }: ModelPlaces,
  choice: LookChoice | null,
): Promise<FoundModel> {
  const { lender, ...look } =
    choice === null ? withoutLook : await findLook(checkpoint, before.found.unet.config, choice);
  const found = { ...before.found, ...look };
  const lenders = { imageEncoder, lookImageEncoder: lender };
  const preprocessors = await findPreprocessors(found, checkpoint, lenders);
  return { ...before, found, lookLender: lender, preprocessors };
}

/**
 * The same model with other LoRA files, or other weights of them. Parts that these change, or changed, are not the ones
 * before: they are brought again. Errors: see planLoraTransforms.
 */
export async function findOtherLoras(before: FoundModel, { loras }: LoadModelRequest): Promise<FoundModel> {
  const { transforms, notices } = await planLoraTransforms(loras, before.found);
  const brought = <P extends FoundPart<unknown>>(part: P): P => {
    const isChanged = [before.transforms, transforms].some((each) =>
      [...part.usedTensors].some((name) => each[part.id]?.touches(name)),
    );
    return isChanged ? { ...part } : part;
  };
  const { unet, textEncoder } = before.found;
  const found = { ...before.found, unet: brought(unet), textEncoder: brought(textEncoder) };
  return { ...before, found, transforms, loraNotices: notices };
}
