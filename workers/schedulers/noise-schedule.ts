import type { SchedulerConfig } from './scheduler-config.ts';

type NoiseConfig = Pick<
  SchedulerConfig,
  'num_train_timesteps' | 'beta_start' | 'beta_end' | 'beta_schedule' | 'trained_betas' | 'rescale_betas_zero_snr'
>;

/**
 * ᾱ_t for t = 0 … T−1, in float32 as diffusers has it (betas and alphas in float32, their product in float64).
 */
export function alphasCumprod(config: NoiseConfig): Float32Array {
  const plain = cumulate(betas(config));
  return config.rescale_betas_zero_snr ? rescaleToZeroTerminalSnr(plain) : plain;
}

/** The value that diffusers' σ-samplers put in place of a last ᾱ of zero, so that the first σ stays finite. */
const smallestAlphaCumprod = 2 ** -24;

/** σ_t = √((1−ᾱ_t)/ᾱ_t) for t = 0 … T−1, in float32. */
export function trainingSigmas(config: NoiseConfig): Float32Array {
  const alphas = alphasCumprod(config);
  if (config.rescale_betas_zero_snr) alphas[alphas.length - 1] = smallestAlphaCumprod;
  return alphas.map((alpha) => Math.sqrt(Math.fround(Math.fround(1 - alpha) / alpha)));
}

function betas(config: NoiseConfig): Float32Array {
  const { beta_start: start, beta_end: end, num_train_timesteps: count, trained_betas: trained } = config;
  if (trained !== null) return Float32Array.from(trained);
  switch (config.beta_schedule) {
    case 'linear':
      return linspace32(start, end, count);
    case 'scaled_linear':
      return linspace32(Math.sqrt(start), Math.sqrt(end), count).map((root) => root * root);
    case 'squaredcos_cap_v2':
      return cosineBetas(count);
  }
}

/** Largest β of the cosine schedule: its last would be 1. */
const maxCosineBeta = 0.999;

/** Nichol and Dhariwal 2021 (arXiv 2102.09672), Eq. 17, with betas up to 0.999. */
function cosineBetas(count: number): Float32Array {
  const alphaBar = (share: number): number => Math.cos(((share + 0.008) / 1.008) * (Math.PI / 2)) ** 2;
  return Float32Array.from({ length: count }, (_, i) =>
    Math.min(1 - alphaBar((i + 1) / count) / alphaBar(i / count), maxCosineBeta),
  );
}

/** torch.linspace in float32: the upper half counts down from the end. Product and sum are rounded once. */
export function linspace32(start: number, end: number, count: number): Float32Array {
  const first = Math.fround(start);
  const last = Math.fround(end);
  const step = Math.fround(Math.fround(last - first) / (count - 1));
  const half = Math.floor(count / 2);
  return Float32Array.from({ length: count }, (_, i) => (i < half ? first + step * i : last - step * (count - 1 - i)));
}

function cumulate(values: Float32Array): Float32Array {
  let product = 1;
  return values.map((beta) => {
    product *= Math.fround(1 - beta);
    return product;
  });
}

/** Lin et al. 2024, Algorithm 1 (arXiv 2305.08891): shift and scale √ᾱ so that the last is zero, through float32 betas. */
function rescaleToZeroTerminalSnr(alphas: Float32Array): Float32Array {
  const roots = alphas.map(Math.sqrt);
  const first = roots[0] ?? 1;
  const last = roots.at(-1) ?? 0;
  const scale = Math.fround(first / Math.fround(first - last));
  const squares = roots.map((root) => Math.fround(Math.fround(root - last) * scale) ** 2);
  const rescaledBetas = squares.map((square, i) => 1 - Math.fround(i === 0 ? square : square / (squares[i - 1] ?? 1)));
  return cumulate(rescaledBetas);
}
