import type { CaptionScoreRequest } from '../../api.ts';
import { PinwordError } from '../../errors.ts';
import type { LoadedModel } from '../model/loaded-model.ts';
import { cosine } from '../modules/cosine.ts';
import { withJudge, type JudgeControl } from './with-judge.ts';

/**
 * How near each picture is to each caption (CLIP-T): the nearest says what it shows (Radford et al. 2021, 3.1).
 * @returns a row a picture. @throws PinwordError as scorePictures, and 'missing-tensor' where there is no text projection
 */
export async function scoreCaptions(
  model: LoadedModel,
  request: CaptionScoreRequest,
  control: JudgeControl,
): Promise<readonly (readonly number[])[]> {
  return withJudge(model, request, control, async (clip, projection) => {
    if (projection === null) {
      throw new PinwordError(
        'missing-tensor',
        `${model.summary.name} has no text projection, so nothing can say which words a picture is near to.`,
      );
    }
    const captions: Float32Array[] = [];
    for (const caption of request.captions) {
      await control.throwIfCancelled();
      captions.push(await clip.embedCaption(caption, model.tokenizer, projection));
    }
    const rows: (readonly number[])[] = [];
    for (const { image, id } of request.pictures) {
      await control.throwIfCancelled();
      const seen = await clip.embedPicture(await model.decodeImage(image, id), null);
      rows.push(captions.map((caption) => cosine(seen, caption)));
    }
    return rows;
  });
}
