import type { IpAdapterConfig } from '../../checkpoint/kinds/ip-adapter-config.ts';
import type { Precision } from '../../contract/memory.ts';
import {
  buildImageProjection,
  buildLookTokens,
  lookTokensTensors,
  type LookImageEncoderConfig,
} from '../../graph/graphs/look-tokens.ts';
import { visionTokens } from '../../graph/modules/clip-vision-model.ts';
import { processImage, type ImageProcessorConfig } from '../../images/image-processor.ts';
import { hasNonFinite } from '../../images/pixels.ts';
import { SessionSlot } from '../../runtime/session-slot.ts';
import { openSession, runSession, type Backend } from '../../runtime/sessions.ts';
import { floatTensor, output, takeFloats } from '../../runtime/tensors.ts';
import { kernelsOf } from './kernels.ts';
import { partPrecision, type LoadedPart } from './loaded-part.ts';
import type { LookMemory } from './look-memory.ts';
import { NonFiniteError } from './non-finite-error.ts';
import { subjectKey, subjectPicture, type DecodeImage, type PinnedImage } from './subject-picture.ts';

/** Image tokens that the network attends to. */
export interface EncodedLook {
  /** [count, dimension] */
  readonly tokens: Float32Array<ArrayBuffer>;
  readonly count: number;
  readonly dimension: number;
}

interface LookEncoderParts {
  readonly imageEncoder: LoadedPart<LookImageEncoderConfig>;
  readonly adapter: LoadedPart<IpAdapterConfig>;
  readonly preprocessor: ImageProcessorConfig;
}

/**
 * Turns pictures into image tokens (Ye et al. 2023): image encoder, then image projection. What was encoded once is
 * remembered, so that the encoder, the largest part after the network, opens for new pictures only; release it after use.
 */
export class LookEncoder {
  readonly #backend: Backend;
  readonly #parts: LookEncoderParts;
  readonly #memory: LookMemory;
  readonly #decodeImage: DecodeImage;
  readonly #slot = new SessionSlot();

  /** @param memory of this adapter with this encoder */
  constructor(backend: Backend, parts: LookEncoderParts, memory: LookMemory, decodeImage: DecodeImage) {
    this.#backend = backend;
    this.#parts = parts;
    this.#memory = memory;
    this.#decodeImage = decodeImage;
  }

  get precision(): Precision {
    return partPrecision(this.#parts.imageEncoder);
  }

  /** @throws NonFiniteError where the encoder overflowed; PinwordError 'out-of-memory' | 'device-lost', and what decoding throws */
  encode(picture: PinnedImage): Promise<EncodedLook> {
    return this.#remembered(picture.hash, `picture ${subjectKey(picture)}`, async () => {
      const { pixels, region } = await subjectPicture(picture, this.#decodeImage);
      return this.#encodePixels(processImage(pixels, region, this.#parts.preprocessor));
    });
  }

  /**
   * What stands for no picture, as diffusers has it: a plain adapter projects zeros, the others encode pixel values of
   * zero, which is a mean grey. Errors: see encode.
   */
  negative(): Promise<EncodedLook> {
    const { features, image_size: edge } = this.#parts.imageEncoder.config;
    return this.#remembered(null, 'negative', () =>
      features === 'pooled' ? this.#projectZeros() : this.#encodePixels(new Float32Array(3 * edge * edge)),
    );
  }

  release(): Promise<void> {
    return this.#slot.release();
  }

  async #remembered(
    picture: string | null,
    what: string,
    make: () => Promise<Float32Array<ArrayBuffer>>,
  ): Promise<EncodedLook> {
    const { projection } = this.#parts.adapter.config;
    const { tokenDim: dimension } = projection;
    const count = projection.kind === 'full-face' ? visionTokens(this.#parts.imageEncoder.config) : projection.tokens;
    const question = {
      picture,
      what: `${what} ${JSON.stringify(this.#parts.preprocessor)}`,
      length: count * dimension,
    };
    const tokens = await this.#memory.recall({ ...question, precision: this.precision }, make);
    return { tokens, count, dimension };
  }

  async #encodePixels(pixelValues: Float32Array): Promise<Float32Array<ArrayBuffer>> {
    const { imageEncoder, adapter } = this.#parts;
    const { image_size: edge } = imageEncoder.config;
    const session = await this.#slot.get('encoder', () =>
      openSession(this.#backend, buildLookTokens(imageEncoder, adapter, this.#kernels).model, [
        imageEncoder.file,
        adapter.file,
      ]),
    );
    const results = await runSession(session, {
      [lookTokensTensors.pixelValues]: floatTensor(this.#backend, pixelValues, [1, 3, edge, edge]),
    });
    const features = await takeFloats(output(results, lookTokensTensors.features));
    const tokens = await takeFloats(output(results, lookTokensTensors.tokens));
    return finite(tokens, features);
  }

  async #projectZeros(): Promise<Float32Array<ArrayBuffer>> {
    const { imageEncoder, adapter } = this.#parts;
    const { embedDim } = adapter.config.projection;
    const vision = imageEncoder.config;
    const session = await this.#slot.get('projection', () => {
      const { model } = buildImageProjection(adapter.config, adapter.weights, { ...this.#kernels, vision });
      return openSession(this.#backend, model, [adapter.file]);
    });
    const results = await runSession(session, {
      [lookTokensTensors.features]: floatTensor(this.#backend, new Float32Array(embedDim), [1, embedDim]),
    });
    return finite(await takeFloats(output(results, lookTokensTensors.tokens)));
  }

  get #kernels() {
    return { kernels: kernelsOf(this.#backend) };
  }
}

/** @param features what the tokens were made of: a norm may turn what is not finite into numbers */
function finite(tokens: Float32Array, features?: Float32Array): Float32Array<ArrayBuffer> {
  if (hasNonFinite(tokens) || (features !== undefined && hasNonFinite(features)))
    throw new NonFiniteError('lookEncoder');
  return Float32Array.from(tokens);
}
