import type { MemoryPlanOverrides } from '../api.ts';

/** What a model needs, from its configs and headers, before anything is loaded. Sizes in bytes of the source dtype's count. */
export interface MemoryNeeds {
  /** Numbers (not bytes) of weights in each part. */
  readonly weights: { readonly unet: number; readonly vae: number; readonly encoders: number };
  /** Widths of the UNet's first and the VAE's last two stages, in channels. */
  readonly unetChannels: number;
  readonly vaeChannels: { readonly last: number; readonly beforeLast: number };
  /** Latent size that the plan is made for. */
  readonly height: number;
  readonly width: number;
}

/** What the adapter can give. */
export interface MemoryLimits {
  readonly shaderF16: boolean;
  /** Largest buffer that a shader can bind, in bytes. */
  readonly maxBufferSize: number;
  /** Bytes that are expected to be free; WebGPU tells no total, so this is an estimate. */
  readonly budget: number;
}

export interface MemoryPlan {
  readonly precision: 'f16' | 'f32';
  readonly branches: 'together' | 'one-by-one';
  /** Edge of a VAE tile in latent pixels; 0 decodes in one piece. */
  readonly vaeTile: number;
  readonly keepEncoders: boolean;
  readonly predictedBytes: number;
}

/** Latent pixels of a tile beyond its own area on each side that are blended away. */
const smallestTile = 16;
/** Tensors of the UNet's widest stage that are alive at once: GEGLU's 8 widths, skips, and the residual stream. */
const unetLiveWidths = 16;
const vaeLiveTensors = 3;

/** WebGPU hides the size of the GPU's memory; adapters bind at most about a quarter of it in one buffer. */
export function estimatedBudget(maxBufferSize: number): number {
  return Math.max(1 << 30, 4 * maxBufferSize);
}

/**
 * Chooses the fastest plan that is predicted to fit. Overrides win over the choice, never over what is impossible
 * (f16 without shader-f16).
 */
export function planMemory(needs: MemoryNeeds, limits: MemoryLimits, overrides: MemoryPlanOverrides = {}): MemoryPlan {
  const precision = limits.shaderF16 && overrides.precision !== 'f32' ? 'f16' : 'f32';
  const candidates: Omit<MemoryPlan, 'predictedBytes'>[] = [];
  const wholePicture = Math.max(needs.height, needs.width);
  for (const keepEncoders of choices(overrides.keepEncoders, [true, false])) {
    for (const branches of choices(overrides.branches, ['together', 'one-by-one'] as const)) {
      for (const vaeTile of choices(overrides.vaeTile, tileEdges(wholePicture))) {
        candidates.push({ precision, branches, vaeTile, keepEncoders });
      }
    }
  }
  const plans = candidates.map((plan) => ({ ...plan, predictedBytes: predictBytes(needs, plan) }));
  const fits = plans.find(
    (plan) => plan.predictedBytes <= limits.budget && largestBuffer(needs, plan) <= limits.maxBufferSize,
  );
  return fits ?? smallest(plans);
}

/** The plan in one line for the user. */
export function describePlan(plan: MemoryPlan): string {
  return [
    plan.precision === 'f16' ? '16-bit' : '32-bit',
    plan.branches === 'together' ? 'branches together' : 'branches one by one',
    plan.vaeTile === 0 ? 'decoded in one piece' : `decoded in tiles of ${plan.vaeTile * 8} pixels`,
    plan.keepEncoders ? 'encoders kept' : 'encoders released after use',
    `about ${formatBytes(plan.predictedBytes)} of GPU memory`,
  ].join(', ');
}

/** One level less memory after the GPU ran out; null where nothing is left to give up. */
export function lowerPlan(plan: MemoryPlan, needs: MemoryNeeds): MemoryPlan | null {
  const edge = plan.vaeTile === 0 ? Math.max(needs.height, needs.width) : plan.vaeTile;
  const lower: Omit<MemoryPlan, 'predictedBytes'> | null = plan.keepEncoders
    ? { ...plan, keepEncoders: false }
    : plan.branches === 'together'
      ? { ...plan, branches: 'one-by-one' }
      : edge > smallestTile
        ? { ...plan, vaeTile: Math.max(smallestTile, Math.ceil(edge / 2)) }
        : null;
  return lower === null ? null : { ...lower, predictedBytes: predictBytes(needs, lower) };
}

function predictBytes(needs: MemoryNeeds, plan: Omit<MemoryPlan, 'predictedBytes'>): number {
  const { unet, vae, encoders } = needs.weights;
  const size = plan.precision === 'f16' ? 2 : 4;
  const weights = unet + vae + (plan.keepEncoders ? encoders : 0);
  const branches = plan.branches === 'together' ? 3 : 1;
  const unetActivations = branches * needs.height * needs.width * needs.unetChannels * unetLiveWidths;
  const vaeActivations = vaeLiveTensors * largestVaeTensor(needs, plan.vaeTile);
  return size * (weights + Math.max(unetActivations, vaeActivations));
}

function largestBuffer(needs: MemoryNeeds, plan: Omit<MemoryPlan, 'predictedBytes'>): number {
  return (plan.precision === 'f16' ? 2 : 4) * largestVaeTensor(needs, plan.vaeTile);
}

/** The decoder's widest tensor: its last upsampling still has the width of the stage before. */
function largestVaeTensor({ height, width, vaeChannels }: MemoryNeeds, tile: number): number {
  const area = tile === 0 ? height * width : Math.min(height, tile) * Math.min(width, tile);
  return 64 * area * Math.max(vaeChannels.last, vaeChannels.beforeLast);
}

function tileEdges(wholePicture: number): number[] {
  return [0, 64, 48, 32, 24, smallestTile].filter((edge) => edge < wholePicture);
}

function choices<T>(override: T | undefined, all: readonly T[]): readonly T[] {
  return override === undefined ? all : [override];
}

function smallest(plans: readonly MemoryPlan[]): MemoryPlan {
  return plans.reduce((least, plan) => (plan.predictedBytes < least.predictedBytes ? plan : least));
}

function formatBytes(bytes: number): string {
  return bytes >= 1 << 30 ? `${(bytes / (1 << 30)).toFixed(1)} GB` : `${Math.ceil(bytes / (1 << 20))} MB`;
}
