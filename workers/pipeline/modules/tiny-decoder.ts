import type { Tensor } from 'onnxruntime-web';

import type { Pixels } from '../../api.ts';
import type { Precision } from '../../contract/memory.ts';
import type { TinyDecoderConfig } from '../../graph/config/tiny-autoencoder-config.ts';
import { vaeDecoderTensors } from '../../graph/graphs/vae-decoder.ts';
import { hasNonFinite, pixelsFromPlanes } from '../../images/pixels.ts';
import { OwnedTensor } from '../../runtime/owned-tensor.ts';
import { Readback } from '../../runtime/readback.ts';
import { runInto } from '../../runtime/run-into.ts';
import { SessionSlot } from '../../runtime/session-slot.ts';
import { openSession, type Backend } from '../../runtime/sessions.ts';
import { kernelsOf } from './kernels.ts';
import type { LatentSize } from './latent-size.ts';
import type { LoadedPart } from './loaded-part.ts';
import { NonFiniteError } from './non-finite-error.ts';
import { tinyDecoder, VaeDecoder, type DecoderNetwork } from './vae-decoder.ts';

/** A preview is read while the next step runs, so that two may be on their way. */
const previewsAtOnce = 2;

/** Where a preview goes on the device. */
interface Target {
  readonly key: string;
  readonly image: OwnedTensor;
  readonly readback: Readback;
  /** Whether the session has run, so that ONNX Runtime has its buffers. */
  isWarm: boolean;
}

/** A decoder of so little work (TAESD: a twentieth of the full one's) that every step can be seen through it. */
export class TinyDecoder {
  readonly #backend: Backend;
  readonly #network: DecoderNetwork;
  readonly #pictures: VaeDecoder;
  readonly #slot = new SessionSlot();
  #target: Target | null = null;

  constructor(backend: Backend, part: LoadedPart<TinyDecoderConfig>) {
    this.#backend = backend;
    this.#network = tinyDecoder(part);
    this.#pictures = new VaeDecoder(backend, this.#network);
  }

  get precision(): Precision {
    return this.#network.precision;
  }

  /** See VaeDecoder.decode. */
  decode(latents: Tensor, size: LatentSize, tile: number): Promise<Pixels> {
    return this.#pictures.decode(latents, size, tile);
  }

  /**
   * Begins to decode, and resolves as soon as that is begun: the device goes on with what it is told next, and gives the
   * picture beside it. The latents may be overwritten then.
   * @param latents [1,4,h,w] f32
   * @returns the picture to wait for: NonFiniteError where the decoder overflowed
   * @throws PinwordError 'out-of-memory' | 'device-lost'
   */
  async beginPreview(latents: Tensor, size: LatentSize): Promise<{ readonly picture: Promise<Pixels> }> {
    const { height, width } = size;
    const session = await this.#slot.get(keyOf(size), () => {
      const options = { kernels: kernelsOf(this.#backend), height, width };
      const settings = { gpuOutputs: [vaeDecoderTensors.image] };
      return openSession(this.#backend, this.#network.build(options), [this.#network.file], settings);
    });
    const target = await this.#targetOf(size);
    const { image, readback, isWarm } = target;
    const makesBuffers = !isWarm || this.#backend.gpu?.bufferCache === 'lazyRelease';
    const feeds = { [vaeDecoderTensors.latents]: latents };
    await runInto(session, feeds, { [vaeDecoderTensors.image]: image.tensor }, makesBuffers);
    target.isWarm = true;
    const { scale } = this.#network;
    const picture = readback.read(image.tensor).then((planes) => {
      if (hasNonFinite(planes)) throw new NonFiniteError('tinyDecoder');
      return pixelsFromPlanes(planes, width * scale, height * scale);
    });
    return { picture };
  }

  async release(): Promise<void> {
    this.#disposeTarget();
    await this.#slot.release();
    await this.#pictures.release();
  }

  async #targetOf(size: LatentSize): Promise<Target> {
    const key = keyOf(size);
    if (this.#target?.key === key) return this.#target;
    this.#disposeTarget();
    const { scale } = this.#network;
    const image = await OwnedTensor.create(this.#backend, [1, 3, scale * size.height, scale * size.width]);
    try {
      const readback = await Readback.open(this.#backend, image.tensor.size, previewsAtOnce);
      this.#target = { key, image, readback, isWarm: false };
      return this.#target;
    } catch (error) {
      image.dispose();
      throw error;
    }
  }

  #disposeTarget(): void {
    this.#target?.image.dispose();
    this.#target?.readback.dispose();
    this.#target = null;
  }
}

const keyOf = ({ height, width }: LatentSize): string => `${width}×${height}`;
