import type { Precision } from '../../contract/memory.ts';
import type { AutoencoderEncoderConfig } from '../../graph/config/autoencoder-config.ts';
import type { TinyEncoderConfig } from '../../graph/config/tiny-autoencoder-config.ts';
import { buildTinyEncoder, tinyEncoderTensors } from '../../graph/graphs/tiny-encoder.ts';
import type { UNetOptions } from '../../graph/graphs/unet.ts';
import { buildVaeEncoder, vaeEncoderTensors } from '../../graph/graphs/vae-encoder.ts';
import { hasNonFinite } from '../../images/pixels.ts';
import { SessionSlot } from '../../runtime/session-slot.ts';
import { openSession, runSession, type Backend } from '../../runtime/sessions.ts';
import type { WeightFile } from '../../runtime/weight-files.ts';
import { floatTensor, output, takeFloats } from '../../runtime/tensors.ts';
import { kernelsOf } from './kernels.ts';
import { tinyScale, vaeScale, type LatentSize } from './latent-size.ts';
import { partPrecision, type LoadedPart } from './loaded-part.ts';
import { NonFiniteError, type ModuleId } from './non-finite-error.ts';
import { blendTile, cutTile, planTiles } from './vae-tiles.ts';

/** What diffusers' DiagonalGaussianDistribution limits the logarithm of the variance to. */
const logVarianceRange = [-30, 20] as const;

/** The distribution of a picture's latents, as the VAE's encoder gives it: unscaled. */
export interface LatentDistribution {
  /** [channels · h·w] f32 */
  readonly mean: Float32Array;
  /** [channels · h·w] f32; null where the encoder gives latents and not their distribution. */
  readonly standardDeviation: Float32Array | null;
  /** What makes of such latents those that the UNet knows. */
  readonly scalingFactor: number;
}

/**
 * Latents of a distribution as the UNet knows them (scaled).
 * @param noise N(0, 1), [channels · h·w]; null takes the mean
 * @returns [channels · h·w] f32
 */
export function sampleLatents(
  { mean, standardDeviation, scalingFactor }: LatentDistribution,
  noise: Float32Array | null,
): Float32Array<ArrayBuffer> {
  return Float32Array.from(mean, (value, index) => {
    const offset = noise === null ? 0 : (standardDeviation?.[index] ?? 0) * (noise[index] ?? 0);
    return scalingFactor * (value + offset);
  });
}

/** A network from a picture f32 [1, 3, scale · h, scale · w] in −1…1 to latents. */
export interface EncoderNetwork {
  readonly id: Extract<ModuleId, 'vaeEncoder' | 'tinyEncoder'>;
  readonly precision: Precision;
  /** Pixels of the picture along an edge for one latent pixel. */
  readonly scale: number;
  /** What makes of its latents those that the UNet knows. */
  readonly scalingFactor: number;
  readonly latentChannels: number;
  /** Whether it gives twice as many channels: their mean, and the logarithm of their variance. */
  readonly givesMoments: boolean;
  readonly file: WeightFile;
  /** Input `image`. */
  readonly build: (options: UNetOptions) => Uint8Array<ArrayBuffer>;
  readonly output: string;
}

/** The encoder of an AutoencoderKL. */
export function fullEncoder(part: LoadedPart<AutoencoderEncoderConfig>): EncoderNetwork {
  const { config, weights, file } = part;
  return {
    id: 'vaeEncoder',
    precision: partPrecision(part),
    scale: vaeScale(config),
    scalingFactor: config.scaling_factor,
    latentChannels: config.latent_channels,
    givesMoments: true,
    file,
    build: (options) => buildVaeEncoder(config, weights, options).model,
    output: vaeEncoderTensors.moments,
  };
}

/** The encoder of an AutoencoderTiny. */
export function tinyEncoder(part: LoadedPart<TinyEncoderConfig>): EncoderNetwork {
  const { config, weights, file } = part;
  return {
    id: 'tinyEncoder',
    precision: partPrecision(part),
    scale: tinyScale(config.num_encoder_blocks),
    scalingFactor: config.scaling_factor,
    latentChannels: config.latent_channels,
    givesMoments: false,
    file,
    build: (options) => buildTinyEncoder(config, weights, options).model,
    output: tinyEncoderTensors.latents,
  };
}

/** Turns a picture into latents, in one piece or in overlapping tiles. */
export class VaeEncoder {
  readonly #backend: Backend;
  readonly #network: EncoderNetwork;
  readonly #slot = new SessionSlot();

  constructor(backend: Backend, network: EncoderNetwork) {
    this.#backend = backend;
    this.#network = network;
  }

  get precision(): Precision {
    return this.#network.precision;
  }

  /**
   * The latents of a picture.
   * @param planes RGB in −1…1, [3 · f·h · f·w]
   * @param size of the latents
   * @param tile edge of a tile in latent pixels; 0 encodes in one piece
   * @throws NonFiniteError where the encoder overflowed; PinwordError 'out-of-memory' | 'device-lost'
   */
  async encode(planes: Float32Array, size: LatentSize, tile: number): Promise<LatentDistribution> {
    const whole = tile === 0 || (size.width <= tile && size.height <= tile);
    const moments = whole ? await this.#run(planes, size) : await this.#encodeTiles(planes, size, tile);
    if (hasNonFinite(moments)) throw new NonFiniteError(this.#network.id);
    const { scalingFactor, givesMoments } = this.#network;
    if (!givesMoments) return { scalingFactor, mean: moments, standardDeviation: null };
    const half = moments.length / 2;
    const [low, high] = logVarianceRange;
    return {
      scalingFactor,
      mean: moments.subarray(0, half),
      standardDeviation: moments
        .subarray(half)
        .map((logVariance) => Math.exp(0.5 * Math.min(high, Math.max(low, logVariance)))),
    };
  }

  release(): Promise<void> {
    return this.#slot.release();
  }

  async #encodeTiles(planes: Float32Array, size: LatentSize, edge: number): Promise<Float32Array> {
    const area = size.width * size.height;
    const { latentChannels, givesMoments, scale } = this.#network;
    const mosaic = {
      picture: new Float32Array((givesMoments ? 2 : 1) * latentChannels * area),
      weights: new Float32Array(area),
      size,
      scale: 1,
    };
    for (const tile of planTiles(size, edge)) {
      blendTile(mosaic, tile, await this.#run(cutTile(planes, size, tile, scale), tile));
    }
    return mosaic.picture;
  }

  async #run(planes: Float32Array, { height, width }: LatentSize): Promise<Float32Array> {
    const { scale, file, build, output: result } = this.#network;
    const session = await this.#slot.get(`${width}×${height}`, () => {
      const options = { kernels: kernelsOf(this.#backend), height, width };
      return openSession(this.#backend, build(options), [file]);
    });
    const image = floatTensor(this.#backend, planes, [1, 3, height * scale, width * scale]);
    return takeFloats(output(await runSession(session, { [vaeEncoderTensors.image]: image }), result));
  }
}
