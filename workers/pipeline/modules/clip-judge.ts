import type { Pixels, Region } from '../../api.ts';
import { projectText } from '../../checkpoint/kinds/text-projection.ts';
import type { Precision } from '../../contract/memory.ts';
import { plainText } from '../../contract/prompt-weights.ts';
import type { ClipTextConfig, ClipVisionConfig } from '../../graph/config/clip-config.ts';
import { buildImageToPseudoWord, imageToPseudoWordTensors } from '../../graph/graphs/image-to-pseudo-word.ts';
import { buildTextEmbedding, textEmbeddingTensors } from '../../graph/graphs/text-embedding.ts';
import { processImage, type ImageProcessorConfig } from '../../images/image-processor.ts';
import { hasNonFinite } from '../../images/pixels.ts';
import { SessionSlot } from '../../runtime/session-slot.ts';
import { openSession, runSession, type Backend } from '../../runtime/sessions.ts';
import { floatTensor, intTensor, output, takeFloats } from '../../runtime/tensors.ts';
import type { Tokenizer } from '../prompt/tokenizer.ts';
import { kernelsOf } from './kernels.ts';
import { partPrecision, type LoadedPart } from './loaded-part.ts';
import { NonFiniteError, type ModuleId } from './non-finite-error.ts';
import { tokenEmbeddings } from './token-embeddings.ts';

/** The encoders that pictures are scored with. */
export interface JudgeParts {
  readonly imageEncoder: LoadedPart<ClipVisionConfig>;
  readonly textEncoder: LoadedPart<ClipTextConfig>;
}

/** CLIP's embeddings of pictures and captions, for their cosines (Radford et al. 2021). One encoder at a time is open. */
export class ClipJudge {
  readonly #backend: Backend;
  readonly #parts: JudgeParts;
  readonly #preprocessor: ImageProcessorConfig;
  readonly #slot = new SessionSlot();

  constructor(backend: Backend, parts: JudgeParts, preprocessor: ImageProcessorConfig) {
    this.#backend = backend;
    this.#parts = parts;
    this.#preprocessor = preprocessor;
  }

  get precision(): Precision {
    return partPrecision(this.#parts.imageEncoder);
  }

  /**
   * @param region the part that is seen; null sees all of it
   * @returns [P], raw. @throws NonFiniteError where the encoder overflowed; PinwordError 'out-of-memory' | 'device-lost'
   */
  async embedPicture(picture: Pixels, region: Region | null): Promise<Float32Array> {
    const { config, weights, file } = this.#parts.imageEncoder;
    const session = await this.#slot.get('picture', () =>
      openSession(this.#backend, buildImageToPseudoWord(config, weights, { ...this.#kernels, projector: null }).model, [
        file,
      ]),
    );
    const edge = config.image_size;
    const values = processImage(picture, region, this.#preprocessor);
    const results = await runSession(session, {
      [imageToPseudoWordTensors.pixelValues]: floatTensor(this.#backend, values, [1, 3, edge, edge]),
    });
    return finite(await takeFloats(output(results, imageToPseudoWordTensors.imageEmbeds)), 'subjectEncoder');
  }

  /**
   * The words of a caption, without weights; what is over CLIP's length is cut off. Errors: see embedPicture.
   * @param projection [P, D]
   * @returns [P], raw
   */
  async embedCaption(caption: string, tokenizer: Tokenizer, projection: Float32Array): Promise<Float32Array> {
    const { textEncoder } = this.#parts;
    const { config, weights, file } = textEncoder;
    const length = config.max_position_embeddings;
    const ids = tokenizer.encode(plainText(caption)).slice(0, length - 2);
    const sequence = new Int32Array(length).fill(tokenizer.padId);
    sequence.set([tokenizer.bosId, ...ids.map(({ id }) => id), tokenizer.eosId]);
    const session = await this.#slot.get('caption', () =>
      openSession(this.#backend, buildTextEmbedding(config, weights, { ...this.#kernels, projected: false }).model, [
        file,
      ]),
    );
    const values = await tokenEmbeddings(textEncoder, sequence);
    const results = await runSession(session, {
      [textEmbeddingTensors.tokenEmbeddings]: floatTensor(this.#backend, values, [1, length, config.hidden_size]),
      [textEmbeddingTensors.endIndex]: intTensor(this.#backend, Int32Array.of(ids.length + 1), [1]),
    });
    const state = finite(await takeFloats(output(results, textEmbeddingTensors.pooled)), 'unifiedEncoder');
    return projectText(projection, state);
  }

  release(): Promise<void> {
    return this.#slot.release();
  }

  get #kernels() {
    return { kernels: kernelsOf(this.#backend) };
  }
}

/** @param encoder who reads such things in a run */
function finite(values: Float32Array, encoder: ModuleId): Float32Array {
  if (hasNonFinite(values)) throw new NonFiniteError(encoder);
  return values;
}
