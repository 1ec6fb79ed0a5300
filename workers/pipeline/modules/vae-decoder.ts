import type { Tensor } from 'onnxruntime-web';

import type { Precision } from '../../contract/memory.ts';
import type { Pixels } from '../../api.ts';
import type { AutoencoderConfig } from '../../graph/config/autoencoder-config.ts';
import type { TinyDecoderConfig } from '../../graph/config/tiny-autoencoder-config.ts';
import { buildTinyDecoder } from '../../graph/graphs/tiny-decoder.ts';
import type { UNetOptions } from '../../graph/graphs/unet.ts';
import { buildVaeDecoder, vaeDecoderTensors } from '../../graph/graphs/vae-decoder.ts';
import { SessionSlot } from '../../runtime/session-slot.ts';
import { openSession, runSession, type Backend, type Session } from '../../runtime/sessions.ts';
import type { WeightFile } from '../../runtime/weight-files.ts';
import { floatTensor, output, readFloats, takeFloats } from '../../runtime/tensors.ts';
import { NonFiniteError, type ModuleId } from './non-finite-error.ts';
import { kernelsOf } from './kernels.ts';
import { hasNonFinite, pixelsFromPlanes } from '../../images/pixels.ts';
import { blendTile, cutTile, planTiles } from './vae-tiles.ts';
import { partPrecision, type LoadedPart } from './loaded-part.ts';
import { type LatentSize, tinyScale, vaeScale } from './latent-size.ts';

/** A network from latents f32 [1, 4, h, w], as the UNet knows them, to a picture f32 [1, 3, scale · h, scale · w] in 0…1. */
export interface DecoderNetwork {
  readonly id: Extract<ModuleId, 'vaeDecoder' | 'tinyDecoder'>;
  readonly precision: Precision;
  /** Pixels of the picture along an edge for one latent pixel. */
  readonly scale: number;
  readonly file: WeightFile;
  /** With the names of vaeDecoderTensors. */
  readonly build: (options: UNetOptions) => Uint8Array<ArrayBuffer>;
}

/** The decoder of an AutoencoderKL. */
export function fullDecoder(part: LoadedPart<AutoencoderConfig>): DecoderNetwork {
  const { config, weights, file } = part;
  return {
    id: 'vaeDecoder',
    precision: partPrecision(part),
    scale: vaeScale(config),
    file,
    build: (options) => buildVaeDecoder(config, weights, options).model,
  };
}

/** The decoder of an AutoencoderTiny. */
export function tinyDecoder(part: LoadedPart<TinyDecoderConfig>): DecoderNetwork {
  const { config, weights, file } = part;
  return {
    id: 'tinyDecoder',
    precision: partPrecision(part),
    scale: tinyScale(config.num_decoder_blocks),
    file,
    build: (options) => buildTinyDecoder(config, weights, options).model,
  };
}

/** Turns latents into a picture, in one piece or in overlapping tiles. */
export class VaeDecoder {
  readonly #backend: Backend;
  readonly #network: DecoderNetwork;
  readonly #slot = new SessionSlot();

  constructor(backend: Backend, network: DecoderNetwork) {
    this.#backend = backend;
    this.#network = network;
  }

  get precision(): Precision {
    return this.#network.precision;
  }

  /** Pixels of the picture for one latent pixel. */
  get scale(): number {
    return this.#network.scale;
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
    if (hasNonFinite(planes)) throw new NonFiniteError(this.#network.id);
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
      return openSession(this.#backend, this.#network.build(options), [this.#network.file]);
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
