import type { Tensor } from 'onnxruntime-web';

import type { Precision } from '../../contract/memory.ts';
import type { Pixels } from '../../api.ts';
import type { AutoencoderConfig } from '../../graph/config/autoencoder-config.ts';
import { buildVaeDecoder, vaeDecoderTensors } from '../../graph/graphs/vae-decoder.ts';
import { SessionSlot } from '../../runtime/session-slot.ts';
import { openSession, runSession, type Backend, type Session } from '../../runtime/sessions.ts';
import { floatTensor, output, readFloats, takeFloats } from '../../runtime/tensors.ts';
import { NonFiniteError } from './non-finite-error.ts';
import { kernelsOf } from './kernels.ts';
import { hasNonFinite, pixelsFromPlanes } from '../../images/pixels.ts';
import { blendTile, cutTile, planTiles } from './vae-tiles.ts';
import { partPrecision, type LoadedPart } from './loaded-part.ts';
import { type LatentSize, vaeScale } from './latent-size.ts';

/** Turns latents into a picture, in one piece or in overlapping tiles. */
export class VaeDecoder {
  readonly #backend: Backend;
  readonly #vae: LoadedPart<AutoencoderConfig>;
  readonly #slot = new SessionSlot();

  constructor(backend: Backend, vae: LoadedPart<AutoencoderConfig>) {
    this.#backend = backend;
    this.#vae = vae;
  }

  get precision(): Precision {
    return partPrecision(this.#vae);
  }

  /** Pixels of the picture for one latent pixel. */
  get scale(): number {
    return vaeScale(this.#vae.config);
  }

  /**
   * @param latents [1,4,h,w] f32
   * @param tile edge of a tile in latent pixels; 0 decodes in one piece
   * @throws NonFiniteError where the decoder overflowed; PinwordError 'out-of-memory'
   */
  async decode(latents: Tensor, size: LatentSize, tile: number): Promise<Pixels> {
    const width = size.width * this.scale;
    const height = size.height * this.scale;
    const planes = isWhole(size, tile) ? await this.#run(latents, size) : await this.#decodeTiles(latents, size, tile);
    if (hasNonFinite(planes)) throw new NonFiniteError('vaeDecoder');
    return pixelsFromPlanes(planes, width, height);
  }

  /** Opens the session ahead of its first use, for decode with the same size and tile. @throws PinwordError 'out-of-memory' | 'device-lost' */
  async open(size: LatentSize, tile: number): Promise<void> {
    await this.#open(isWhole(size, tile) ? size : (planTiles(size, tile)[0] ?? size));
  }

  release(): Promise<void> {
    return this.#slot.release();
  }

  /** Tiles are read from the host: where memory is short, one small readback is the lesser cost. */
  async #decodeTiles(latents: Tensor, size: LatentSize, edge: number): Promise<Float32Array> {
    const source = await readFloats(latents);
    const { scale } = this;
    const picture = new Float32Array(3 * size.width * size.height * scale * scale);
    const weights = new Float32Array(size.width * size.height * scale * scale);
    for (const tile of planTiles(size, edge)) {
      const piece = floatTensor(this.#backend, cutTile(source, size, tile, 1), [1, 4, tile.height, tile.width]);
      blendTile({ picture, weights, size, scale }, tile, await this.#run(piece, tile));
    }
    return picture;
  }

  #open({ height, width }: LatentSize): Promise<Session> {
    return this.#slot.get(`${width}×${height}`, () => {
      const options = { kernels: kernelsOf(this.#backend), height, width };
      return openSession(this.#backend, buildVaeDecoder(this.#vae.config, this.#vae.weights, options).model, [
        this.#vae.file,
      ]);
    });
  }

  async #run(latents: Tensor, size: LatentSize): Promise<Float32Array> {
    const session = await this.#open(size);
    return takeFloats(
      output(await runSession(session, { [vaeDecoderTensors.latents]: latents }), vaeDecoderTensors.image),
    );
  }
}

function isWhole({ width, height }: LatentSize, tile: number): boolean {
  return tile === 0 || (width <= tile && height <= tile);
}
