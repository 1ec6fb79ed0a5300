import type { Tensor } from 'onnxruntime-web';

import type { Notice, Pixels } from '../../api.ts';
import { notice } from '../../contract/notices.ts';
import { toErrorData } from '../../errors.ts';
import type { StepPreviews } from '../denoising/sampler.ts';
import type { LoadedModel } from '../model/loaded-model.ts';
import type { LatentSize } from '../modules/latent-size.ts';

/** Steps seen through the tiny decoder. A run does not depend on it: where it fails, previews are rough from then on. */
export class TinyPreviews implements StepPreviews {
  readonly #model: Pick<LoadedModel, 'tinyDecoder'>;
  readonly #size: LatentSize;
  readonly #say: (notice: Notice) => void;
  #isGivenUp = false;

  constructor(model: Pick<LoadedModel, 'tinyDecoder'>, size: LatentSize, say: (notice: Notice) => void) {
    this.#model = model;
    this.#size = size;
    this.#say = say;
  }

  async begin(original: Tensor): Promise<{ readonly picture: Promise<Pixels | null> } | null> {
    const { tinyDecoder } = this.#model;
    if (this.#isGivenUp || tinyDecoder === null) return null;
    try {
      const { picture } = await tinyDecoder.beginPreview(original, this.#size);
      return { picture: picture.catch((error: unknown) => this.#giveUp(error)) };
    } catch (error) {
      if (toErrorData(error).code === 'device-lost') throw error;
      await tinyDecoder.release();
      return this.#giveUp(error);
    }
  }

  /** Those that were begun before are told of once. */
  #giveUp(error: unknown): null {
    if (!this.#isGivenUp) this.#say(notice('rough-previews', toErrorData(error).message));
    this.#isGivenUp = true;
    return null;
  }
}
