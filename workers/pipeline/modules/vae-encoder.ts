import type { Precision } from '../../contract/memory.ts';
import type { AutoencoderEncoderConfig } from '../../graph/config/autoencoder-config.ts';
import { buildVaeEncoder, vaeEncoderTensors } from '../../graph/graphs/vae-encoder.ts';
import { hasNonFinite } from '../../images/pixels.ts';
import { SessionSlot } from '../../runtime/session-slot.ts';
import { openSession, runSession, type Backend } from '../../runtime/sessions.ts';
import { floatTensor, output, takeFloats } from '../../runtime/tensors.ts';
import { kernelsOf } from './kernels.ts';
import { vaeScale, type LatentSize } from './latent-size.ts';
import { partPrecision, type LoadedPart } from './loaded-part.ts';
import { NonFiniteError } from './non-finite-error.ts';
import { blendTile, cutTile, planTiles } from './vae-tiles.ts';

/** What diffusers' DiagonalGaussianDistribution limits the logarithm of the variance to. */
const logVarianceRange = [-30, 20] as const;

/** The distribution of a picture's latents, as the VAE's encoder gives it: unscaled. */
export interface LatentDistribution {
  /** [channels · h·w] f32 */
  readonly mean: Float32Array;
  /** [channels · h·w] f32 */
  readonly standardDeviation: Float32Array;
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
    const offset = noise === null ? 0 : (standardDeviation[index] ?? 0) * (noise[index] ?? 0);
    return scalingFactor * (value + offset);
  });
}

/** Turns a picture into latents, in one piece or in overlapping tiles. */
export class VaeEncoder {
  readonly #backend: Backend;
  readonly #vae: LoadedPart<AutoencoderEncoderConfig>;
  readonly #slot = new SessionSlot();

  constructor(backend: Backend, vae: LoadedPart<AutoencoderEncoderConfig>) {
    this.#backend = backend;
    this.#vae = vae;
  }

  get precision(): Precision {
    return partPrecision(this.#vae);
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
    if (hasNonFinite(moments)) throw new NonFiniteError('vaeEncoder');
    const half = moments.length / 2;
    const [low, high] = logVarianceRange;
    return {
      scalingFactor: this.#vae.config.scaling_factor,
      mean: moments.subarray(0, half),
      standardDeviation: moments
        .subarray(half)
        .map((logVariance) => Math.exp(0.5 * Math.min(high, Math.max(low, logVariance)))),
    };
  }

  release(): Promise<void> {
    return this.#slot.release();
  }

  get #scale(): number {
    return vaeScale(this.#vae.config);
  }

  async #encodeTiles(planes: Float32Array, size: LatentSize, edge: number): Promise<Float32Array> {
    const area = size.width * size.height;
    const mosaic = {
      picture: new Float32Array(2 * this.#vae.config.latent_channels * area),
      weights: new Float32Array(area),
      size,
      scale: 1,
    };
    for (const tile of planTiles(size, edge)) {
      blendTile(mosaic, tile, await this.#run(cutTile(planes, size, tile, this.#scale), tile));
    }
    return mosaic.picture;
  }

  async #run(planes: Float32Array, { height, width }: LatentSize): Promise<Float32Array> {
    const session = await this.#slot.get(`${width}×${height}`, () => {
      const { config, weights, file } = this.#vae;
      const options = { kernels: kernelsOf(this.#backend), height, width };
      return openSession(this.#backend, buildVaeEncoder(config, weights, options).model, [file]);
    });
    const image = floatTensor(this.#backend, planes, [1, 3, height * this.#scale, width * this.#scale]);
    return takeFloats(
      output(await runSession(session, { [vaeEncoderTensors.image]: image }), vaeEncoderTensors.moments),
    );
  }
}
