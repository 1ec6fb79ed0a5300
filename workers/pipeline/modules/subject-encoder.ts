import type { Precision } from '../../contract/memory.ts';
import type { ClipVisionConfig } from '../../graph/config/clip-config.ts';
import type { ProjectorLayer } from '../../graph/config/projector-config.ts';
import { buildImageToPseudoWord, imageToPseudoWordTensors } from '../../graph/graphs/image-to-pseudo-word.ts';
import { SessionSlot } from '../../runtime/session-slot.ts';
import { openSession, runSession, type Backend, type Session } from '../../runtime/sessions.ts';
import { floatTensor, output, takeFloats } from '../../runtime/tensors.ts';
import { processImage, type ImageProcessorConfig } from '../../images/image-processor.ts';
import { kernelsOf } from './kernels.ts';
import type { LookMemory } from './look-memory.ts';
import { NonFiniteError } from './non-finite-error.ts';
import { hasNonFinite } from '../../images/pixels.ts';
import { subjectKey, subjectPicture, type DecodeImage, type PinnedImage } from './subject-picture.ts';
import { partPrecision, type LoadedPart } from './loaded-part.ts';

interface SubjectEncoderParts {
  readonly imageEncoder: LoadedPart<ClipVisionConfig>;
  readonly projector: LoadedPart<readonly ProjectorLayer[]>;
  readonly preprocessor: ImageProcessorConfig;
}

/** Turns pictures into pseudo-words (UMM-Diffusion, 3.2): CLIP image encoder, then projector. What was encoded once is remembered. */
export class SubjectEncoder {
  readonly #backend: Backend;
  readonly #parts: SubjectEncoderParts;
  readonly #slot = new SessionSlot();
  readonly #memory: LookMemory;
  readonly #decodeImage: DecodeImage;

  /** @param memory of this image encoder with this projector */
  constructor(backend: Backend, parts: SubjectEncoderParts, memory: LookMemory, decodeImage: DecodeImage) {
    this.#backend = backend;
    this.#parts = parts;
    this.#memory = memory;
    this.#decodeImage = decodeImage;
  }

  get precision(): Precision {
    return partPrecision(this.#parts.imageEncoder);
  }

  /** @returns [D] f32. @throws NonFiniteError where the encoder overflowed; PinwordError 'out-of-memory' | 'device-lost' */
  encode(subject: PinnedImage): Promise<Float32Array> {
    const { preprocessor, projector } = this.#parts;
    const what = `word ${subjectKey(subject)} ${JSON.stringify(preprocessor)}`;
    const length = projector.config.at(-1)?.outputDim ?? 0;
    return this.#memory.recall({ picture: subject.hash, what, length, precision: this.precision }, async () => {
      const { pixels, region } = await subjectPicture(subject, this.#decodeImage);
      return this.#run(processImage(pixels, region, preprocessor));
    });
  }

  /** Opens the session ahead of its first use. @throws PinwordError 'out-of-memory' | 'device-lost' */
  async open(): Promise<void> {
    await this.#open();
  }

  /** Encodes nothing, and remembers nothing of it. Errors: see encode. */
  async warm(): Promise<void> {
    await this.#run(new Float32Array(3 * this.#parts.imageEncoder.config.image_size ** 2));
  }

  release(): Promise<void> {
    return this.#slot.release();
  }

  #open(): Promise<Session> {
    const { imageEncoder, projector } = this.#parts;
    return this.#slot.get('', () => {
      const graph = buildImageToPseudoWord(imageEncoder.config, imageEncoder.weights, {
        kernels: kernelsOf(this.#backend),
        projector: { layers: projector.config, weights: projector.weights },
      });
      return openSession(this.#backend, graph.model, [imageEncoder.file, projector.file]);
    });
  }

  async #run(pixelValues: Float32Array): Promise<Float32Array<ArrayBuffer>> {
    const session = await this.#open();
    const { imageEncoder } = this.#parts;
    const edge = imageEncoder.config.image_size;
    const results = await runSession(session, {
      [imageToPseudoWordTensors.pixelValues]: floatTensor(this.#backend, pixelValues, [1, 3, edge, edge]),
    });
    const imageEmbeds = await takeFloats(output(results, imageToPseudoWordTensors.imageEmbeds));
    const pseudoWord = await takeFloats(output(results, imageToPseudoWordTensors.pseudoWord));
    // Both: a projector's ReLU turns NaN into 0 on a GPU.
    if (hasNonFinite(imageEmbeds) || hasNonFinite(pseudoWord)) throw new NonFiniteError('subjectEncoder');
    return Float32Array.from(pseudoWord);
  }
}
