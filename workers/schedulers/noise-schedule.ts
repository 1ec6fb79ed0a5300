import type { SchedulerConfig } from './scheduler-config.ts';

/**
 * ᾱ_t for t = 0 … T−1, in float32 as diffusers has it (betas and alphas in float32, their product in float64).
 */
export function alphasCumprod(config: SchedulerConfig): Float32Array {
  const plain = cumulate(betas(config));
  return config.rescaleBetasZeroSnr ? rescaleToZeroTerminalSnr(plain) : plain;
}

/** The value that diffusers' σ-samplers put in place of a last ᾱ of zero, so that the first σ stays finite. */
const smallestAlphaCumprod = 2 ** -24;

/** σ_t = √((1−ᾱ_t)/ᾱ_t) for t = 0 … T−1, in float32. */
export function trainingSigmas(config: SchedulerConfig): Float32Array {
  const alphas = alphasCumprod(config);
  if (config.rescaleBetasZeroSnr) alphas[alphas.length - 1] = smallestAlphaCumprod;
  return alphas.map((alpha) => Math.sqrt(Math.fround(Math.fround(1 - alpha) / alpha)));
}

function betas(config: SchedulerConfig): Float32Array {
  const { betaStart, betaEnd, numTrainTimesteps, trainedBetas } = config;
  if (trainedBetas !== null) return Float32Array.from(trainedBetas);
  if (config.betaSchedule === 'linear') return linspace32(betaStart, betaEnd, numTrainTimesteps);
  return linspace32(Math.sqrt(betaStart), Math.sqrt(betaEnd), numTrainTimesteps).map((root) => root * root);
}

/** torch.linspace in float32: the upper half counts down from the end. */
function linspace32(start: number, end: number, count: number): Float32Array {
  const first = Math.fround(start);
  const last = Math.fround(end);
  const step = Math.fround(Math.fround(last - first) / (count - 1));
  return Float32Array.from({ length: count }, (_, i) =>
    i < count / 2 ? first + Math.fround(step * i) : last - Math.fround(step * (count - 1 - i)),
  );
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
