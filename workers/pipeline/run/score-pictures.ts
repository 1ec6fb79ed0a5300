import type { PictureScores, ScoreRequest, Subject } from '../../api.ts';
import { blobSource } from '../../checkpoint/byte-source.ts';
import { readSafetensorsTable } from '../../checkpoint/safetensors.ts';
import { readTextProjection } from '../../checkpoint/text-projection.ts';
import { precisions } from '../../contract/memory.ts';
import { splitWords } from '../../contract/words.ts';
import { PinwordError } from '../../errors.ts';
import type { SamplingControls } from '../denoising/sampler.ts';
import {
  releaseEncoders,
  releaseModel,
  releaseNetwork,
  type LoadedModel,
  type ModelJudge,
} from '../model/loaded-model.ts';
import { ClipJudge } from '../modules/clip-judge.ts';
import { cosine, mean, meanCosine } from '../modules/cosine.ts';
import { NonFiniteError } from '../modules/non-finite-error.ts';
import { subjectPicture, type PinnedImage } from '../modules/subject-picture.ts';

type Control = Pick<SamplingControls, 'signal' | 'throwIfCancelled'>;
type OnScores = (picture: number, scores: PictureScores) => void;

/**
 * How near pictures are to what is pinned and to their caption (CLIP-I and CLIP-T, Ruiz et al. 2023, 4.2). What scoring
 * runs out of changes nothing for runs: it gives back what it opened.
 * @throws PinwordError 'no-image-encoder', 'missing-tensor' for a text projection that does not fit, 'cancelled',
 *   'out-of-memory', 'device-lost', 'nan-output', and for a picture that cannot be read
 */
export async function scorePictures(
  model: LoadedModel,
  request: ScoreRequest,
  control: Control,
  onScores: OnScores,
): Promise<readonly PictureScores[]> {
  const { judge } = model;
  if (judge === null) {
    throw new PinwordError(
      'no-image-encoder',
      `${model.summary.name} has no image encoder, so nothing can say how near a picture is. Choose a model that has one.`,
    );
  }
  const projection = await projectionFor(judge, request);
  let { precision } = model.plan;
  await makeRoom(model);
  for (let hasRoom = false; ;) {
    const clip = new ClipJudge(model.backend, await judge.load(precision, control.signal), judge.preprocessor);
    try {
      return await scoreAll(clip, model, { request, projection }, control, onScores);
    } catch (error) {
      if (error instanceof NonFiniteError && precision === 'f16') precision = 'f32';
      else if (!hasRoom && error instanceof PinwordError && error.code === 'out-of-memory') {
        hasRoom = true;
        await clip.release();
        await releaseModel(model);
      } else throw error;
    } finally {
      await clip.release();
    }
  }
}

/** The encoders are opened a second time; where that does not fit, those of runs make way, and open again with the next one. */
async function makeRoom(model: LoadedModel): Promise<void> {
  const { plan, memory } = model;
  const more = memory.needs.weights.encoders * precisions[plan.precision].bytes;
  if (plan.keepEncoders && plan.predictedBytes + more <= memory.limits.budget) return;
  if (!plan.keepEncoders) await releaseNetwork(model);
  await releaseEncoders(model);
}

/** @returns null where captions cannot be scored, or there is no caption */
async function projectionFor(
  { ownTextProjection, widths }: ModelJudge,
  { caption, textProjection }: ScoreRequest,
): Promise<Float32Array | null> {
  if (splitWords(caption).length === 0) return null;
  if (ownTextProjection !== null) return ownTextProjection();
  if (textProjection === null) return null;
  const source = blobSource('The text projection', textProjection);
  return readTextProjection(source, await readSafetensorsTable(source), widths);
}

async function scoreAll(
  clip: ClipJudge,
  { tokenizer, decodeImage }: Pick<LoadedModel, 'tokenizer' | 'decodeImage'>,
  { request, projection }: { readonly request: ScoreRequest; readonly projection: Float32Array | null },
  control: Control,
  onScores: OnScores,
): Promise<readonly PictureScores[]> {
  await control.throwIfCancelled();
  const caption = projection === null ? null : await clip.embedCaption(request.caption, tokenizer, projection);
  const pins: (readonly Float32Array[])[] = [];
  for (const subjects of request.subjects) {
    const seen: Float32Array[] = [];
    for (const subject of subjects.filter(isPicture)) {
      await control.throwIfCancelled();
      const { pixels, region } = await subjectPicture(subject, decodeImage);
      seen.push(await clip.embedPicture(pixels, region));
    }
    if (seen.length > 0) pins.push(seen);
  }
  const all: PictureScores[] = [];
  for (const [index, { image, id }] of request.pictures.entries()) {
    await control.throwIfCancelled();
    const made = await clip.embedPicture(await decodeImage(image, id), null);
    const scores = {
      subject: pins.length === 0 ? null : mean(pins.map((seen) => meanCosine(made, seen))),
      caption: caption === null ? null : cosine(made, caption),
    };
    all.push(scores);
    onScores(index, scores);
  }
  return all;
}

function isPicture(subject: Subject): subject is PinnedImage {
  return subject.kind === 'picture';
}
