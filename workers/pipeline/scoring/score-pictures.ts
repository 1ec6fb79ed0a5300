import type { PictureScores, ScoreRequest, Subject } from '../../api.ts';
import type { LoadedModel } from '../model/loaded-model.ts';
import type { ClipJudge } from '../modules/clip-judge.ts';
import { cosine, mean, meanCosine } from '../modules/cosine.ts';
import { subjectPicture, type PinnedImage } from '../modules/subject-picture.ts';
import { withJudge, type JudgeControl } from './with-judge.ts';

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
  control: JudgeControl,
  onScores: OnScores,
): Promise<readonly PictureScores[]> {
  const { caption, textProjection } = request;
  return withJudge(model, { captions: [caption], textProjection }, control, (clip, projection) =>
    scoreAll(clip, model, { request, projection }, control, onScores),
  );
}

async function scoreAll(
  clip: ClipJudge,
  { tokenizer, decodeImage }: Pick<LoadedModel, 'tokenizer' | 'decodeImage'>,
  { request, projection }: { readonly request: ScoreRequest; readonly projection: Float32Array | null },
  control: JudgeControl,
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
