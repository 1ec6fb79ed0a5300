import type { GenerateRequest } from '../../api.ts';
import { literalText } from '../../contract/prompt-weights.ts';
import { coreOf } from '../../contract/words.ts';
import { PinwordError } from '../../errors.ts';
import { detailLayers } from '../../graph/modules/detail-names.ts';
import { planesFromRgb } from '../../images/pixels.ts';
import { withFallbacks, type Rescue } from '../model/fallbacks.ts';
import type { LoadedModel } from '../model/loaded-model.ts';
import { requireVaeEncoder } from '../model/on-demand.ts';
import type { Conditions, ConditionSource } from '../modules/conditions.ts';
import type { DetailReference } from '../modules/conditions.ts';
import type { LatentSize } from '../modules/latent-size.ts';
import { areaAt } from '../modules/picture-areas.ts';
import type { PinnedWords } from '../modules/pinned-words.ts';
import { referencePicture, subjectPlaces } from '../modules/reference-picture.ts';
import { sampleLatents } from '../modules/vae-encoder.ts';
import { unifiedPrompt, type PromptTexts } from '../prompt/unified-prompt.ts';
import type { PictureRun } from './picture-run.ts';
import type { DetailingPin } from './pin-voices.ts';
import { readTexts } from './read-texts.ts';

/**
 * Every picture whose fine detail is copied, as a reference: its latents at their mean, its subject's places, and a
 * caption of its own (FreeCustom, Ding et al. 2024).
 * @throws PinwordError 'missing-tensor' where the model has no VAE encoder; 'unsupported-config' where its network has no
 *   layer for it; 'cancelled', and what decoding a picture throws
 */
export async function encodeDetails(
  model: LoadedModel,
  request: GenerateRequest,
  {
    pins,
    texts,
    size,
  }: { readonly pins: readonly DetailingPin[]; readonly texts: PromptTexts; readonly size: LatentSize },
  { control, say }: Pick<PictureRun, 'control' | 'say'>,
): Promise<readonly DetailReference[]> {
  if (pins.length === 0) return [];
  refuseWithoutLayers(model);
  // The VAE's encoder gives up what its decoder does: the size of its tiles.
  const rescue = { stage: 'decode', say, signal: control.signal } as const;
  const references: DetailReference[] = [];
  for (const pin of pins) {
    const text = await ownText(model, request, nameOf(texts, pin), rescue);
    for (const picture of pin.pictures) {
      await control.throwIfCancelled();
      references.push(await referenceOf(model, { pin, picture, text, size, autoencoder: request.autoencoder }, rescue));
    }
  }
  return references;
}

/** @throws PinwordError 'unsupported-config' */
export function refuseWithoutLayers({
  unetConfig,
  summary,
}: Pick<LoadedModel, 'unetConfig'> & { readonly summary: Pick<LoadedModel['summary'], 'name'> }): void {
  if (detailLayers(unetConfig).length > 0) return;
  throw new PinwordError(
    'unsupported-config',
    `The network of ${summary.name} has no late self-attention, so it cannot copy fine detail. Switch “Copy fine detail” off.`,
  );
}

interface Detailed extends Pick<GenerateRequest, 'autoencoder'> {
  readonly pin: DetailingPin;
  readonly picture: DetailingPin['pictures'][number];
  readonly text: ConditionSource;
  readonly size: LatentSize;
}

async function referenceOf(
  model: LoadedModel,
  { pin, picture, text, size, autoencoder }: Detailed,
  rescue: Rescue,
): Promise<DetailReference> {
  const { scale } = model.vaeDecoder;
  const frame = { width: size.width * scale, height: size.height * scale };
  const seen = await referencePicture(picture, frame, model.decodeImage);
  const latents = await withFallbacks(model, rescue, async () => {
    const tiny = autoencoder === 'tiny' ? model.tinyEncoder : null;
    const encoder = tiny ?? (await requireVaeEncoder(model, rescue.signal));
    return sampleLatents(await encoder.encode(planesFromRgb(seen.picture), size, model.plan.vaeTile), null);
  });
  return {
    latents,
    text,
    pin: pin.pin,
    subject: null,
    placesAt: (grid) => subjectPlaces(seen, grid),
    areaAt: (grid) => areaAt(pin.area, grid),
  };
}

/** The pinned word without its punctuation and weights, or the embeddings that it names. */
function nameOf({ caption }: PromptTexts, { word }: DetailingPin): string {
  const { text, embeddings } = caption.words[word] ?? { text: '', embeddings: [] };
  const { start, end } = coreOf(text);
  const triggers = embeddings.map(({ trigger }) => trigger);
  return literalText(triggers.length > 0 ? triggers.join(' ') : text.slice(start, end));
}

/** The hidden states of a caption of the photo, not of the picture that is made. */
async function ownText(
  model: LoadedModel,
  { embeddings, clipSkip }: GenerateRequest,
  word: string,
  rescue: Rescue,
): Promise<ConditionSource> {
  const caption = `a photo of a ${word}`;
  const texts = await readTexts(model, { caption, negativePrompt: '', embeddings, longCaptions: false });
  const prompt = unifiedPrompt(model.tokenizer, { ...texts, pins: [], subjectPositions: 'pinned' });
  const { sources } = await withFallbacks(model, { ...rescue, stage: 'encode' }, () =>
    model.unifiedEncoder.encode(prompt, new Float32Array(), clipSkip),
  );
  const [text] = sources;
  if (text === undefined) throw new RangeError('The text of a reference was not encoded.');
  return text;
}

/**
 * What text and looks say, with what the unified branch sees of references beside it.
 * @param words those that say where it may go; null where it may go everywhere
 */
export function withDetails(
  conditions: Conditions,
  references: readonly DetailReference[],
  words: PinnedWords | null,
): Conditions {
  if (references.length === 0) return conditions;
  const subjectOf = (pin: number): number | null => words?.words.findIndex((word) => word.pin === pin) ?? null;
  return {
    ...conditions,
    branches: new Set([...conditions.branches, 'unified']),
    wordMaps: words ?? conditions.wordMaps,
    references: references.map((reference) => ({ ...reference, subject: subjectOf(reference.pin) })),
  };
}
