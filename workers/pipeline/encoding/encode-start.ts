import type { GenerateRequest, ImageSize } from '../../api.ts';
import { notice } from '../../contract/notices.ts';
import { planesFromRgb } from '../../images/pixels.ts';
import { hardMask, latentMask, withoutMarked } from '../../images/picture-mask.ts';
import { withFallbacks } from '../model/fallbacks.ts';
import { releaseEncoders, releaseNetwork, type LoadedModel } from '../model/loaded-model.ts';
import { requireVaeEncoder } from '../model/on-demand.ts';
import type { EncodedStart } from '../denoising/start-from-picture.ts';
import type { LatentSize } from '../modules/latent-size.ts';
import type { PictureRun } from './picture-run.ts';
import { readStart, type FramedStart } from './read-start.ts';

/** What a run starts from, in pixels and in latents. */
export interface RunStart {
  /** null where there is no picture, but a network that must be told of one. */
  readonly framed: FramedStart | null;
  readonly encoded: EncodedStart;
}

/**
 * Reads and encodes what a request starts from. A network that fills in parts is told of a part without a picture too:
 * then all of it is marked. Where memory is short, encoder and network take turns.
 * @returns null where a run begins with noise alone
 * @throws PinwordError as readStart and requireVaeEncoder do
 */
export async function encodeStart(
  model: LoadedModel,
  { start, autoencoder }: Pick<GenerateRequest, 'start' | 'autoencoder'>,
  size: LatentSize,
  { picture, watch, emit, control, say }: PictureRun,
): Promise<RunStart | null> {
  const { scale } = model.vaeDecoder;
  const frame = { width: size.width * scale, height: size.height * scale };
  if (start === undefined && !model.summary.isForInpainting) return null;
  emit({ type: 'phase', phase: 'encode-picture', picture });
  if (start === undefined) say(notice('inpaints-all'));
  const framed = start === undefined ? null : await readStart(model.decodeImage, start, frame);
  const inputs = inputsOf(framed, frame, { scale, isForInpainting: model.summary.isForInpainting });
  await control.throwIfCancelled();
  if (!model.plan.keepEncoders) await releaseNetwork(model);
  // The VAE's encoder gives up what its decoder does: the size of its tiles.
  const rescue = { stage: 'decode', say, signal: control.signal } as const;
  const encode = async (planes: Float32Array | null): Promise<EncodedStart['picture']> =>
    planes === null
      ? null
      : withFallbacks(model, rescue, async () => {
          const tiny = autoencoder === 'tiny' ? model.tinyEncoder : null;
          const encoder = tiny ?? (await requireVaeEncoder(model, control.signal));
          return encoder.encode(planes, size, model.plan.vaeTile);
        });
  const encoded = await watch.time('encodePicture', async () => ({
    picture: await encode(inputs.picture),
    mask: inputs.mask,
    masked: await encode(inputs.masked),
  }));
  if (!model.plan.keepEncoders) await releaseEncoders(model);
  return { framed, encoded };
}

interface EncoderInputs {
  /** RGB in −1…1, [3 · height · width]; null where there is nothing to encode. */
  readonly picture: Float32Array<ArrayBuffer> | null;
  readonly masked: Float32Array<ArrayBuffer> | null;
  /** [h·w], or null */
  readonly mask: Float32Array<ArrayBuffer> | null;
}

function inputsOf(
  framed: FramedStart | null,
  frame: ImageSize,
  { scale, isForInpainting }: { readonly scale: number; readonly isForInpainting: boolean },
): EncoderInputs {
  const picture = framed === null ? null : planesFromRgb(framed.picture);
  const area = frame.width * frame.height;
  if (!isForInpainting) {
    const mask = framed?.mask ?? null;
    return { picture, masked: null, mask: mask === null ? null : latentMask(mask, frame, scale) };
  }
  const mask = framed?.mask == null ? new Float32Array(area).fill(1) : hardMask(framed.mask);
  const masked = withoutMarked(picture ?? new Float32Array(3 * area), mask);
  return { picture, masked, mask: latentMask(mask, frame, scale) };
}
