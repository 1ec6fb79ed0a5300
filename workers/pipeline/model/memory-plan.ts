import { memoryLevelsSchema, type MemoryLevels } from '../../api.ts';
import { formatBytes } from '../../contract/format-bytes.ts';
import type { MemoryLimits } from './memory-limits.ts';
import { largestBuffer, predictBytes, type MemoryNeeds } from './memory-needs.ts';

export interface MemoryPlan extends MemoryLevels {
  readonly predictedBytes: number;
}

/** A part of a run that can run out of memory. */
export type RunStage = 'encode' | 'denoise' | 'decode';

/** Tiles that show next to nothing of being tiles, and those for when nothing else helps. In latent pixels. */
const goodTiles = [64, 48, 32] as const;
const smallestTile = 16;
const lastTiles = [24, smallestTile] as const;

/**
 * Chooses the fastest plan that is predicted to fit. Overrides win over the choice, never over what is impossible
 * (f16 without shader-f16).
 */
export function planMemory(
  needs: MemoryNeeds,
  limits: MemoryLimits,
  overrides: Partial<MemoryLevels> = {},
): MemoryPlan {
  const plans = candidates(needs, limits, overrides).map((plan) => priced(needs, plan));
  const fits = (plan: MemoryPlan): boolean =>
    plan.predictedBytes <= limits.budget && largestBuffer(needs, plan) <= limits.maxBufferSize;
  return plans.find(fits) ?? plans.reduce((least, plan) => (plan.predictedBytes < least.predictedBytes ? plan : least));
}

/** All plans, what costs least time first: tiles, then buffers, then encoders, then branches. */
function candidates(needs: MemoryNeeds, { shaderF16 }: MemoryLimits, overrides: Partial<MemoryLevels>): MemoryLevels[] {
  const precision = shaderF16 && overrides.precision !== 'f32' ? 'f16' : 'f32';
  const smaller = (edge: number): boolean => edge < Math.max(needs.height, needs.width);
  const tilings = [[0, ...goodTiles.filter(smaller)], lastTiles.filter(smaller)];
  const found: MemoryLevels[] = [];
  for (const tiles of overrides.vaeTile === undefined ? tilings : [[overrides.vaeTile]]) {
    for (const branches of choices(overrides.branches, ['together', 'one-by-one'] as const)) {
      for (const keepEncoders of choices(overrides.keepEncoders, [true, false])) {
        for (const keepBuffers of choices(overrides.keepBuffers, [true, false])) {
          for (const vaeTile of tiles) found.push({ precision, branches, vaeTile, keepEncoders, keepBuffers });
        }
      }
    }
  }
  return found;
}

/** The plan in one line for the user. */
export function describePlan(
  plan: MemoryPlan,
  needs: Pick<MemoryNeeds, 'vaeScale'>,
  { isGpu }: { readonly isGpu: boolean },
): string {
  return `${describeLevels(plan, needs)}, about ${formatBytes(plan.predictedBytes)} of ${isGpu ? 'GPU memory' : 'memory'}`;
}

/** What the plan does, without what it costs. */
export function describeLevels(plan: MemoryLevels, { vaeScale }: Pick<MemoryNeeds, 'vaeScale'>): string {
  return [
    plan.precision === 'f16' ? '16-bit' : '32-bit',
    plan.branches === 'together' ? 'each step at once' : 'each step in parts',
    plan.vaeTile === 0
      ? 'the picture finished in one piece'
      : `the picture finished in tiles of ${plan.vaeTile * vaeScale} pixels`,
    plan.keepEncoders ? 'readers kept' : 'readers released after use',
    plan.keepBuffers ? 'work space kept' : 'work space released after use',
  ].join(', ');
}

/**
 * One level less memory after the GPU ran out, of what this stage can give up.
 * @returns what to change; null where nothing is left
 */
export function lowerPlan(plan: MemoryPlan, needs: MemoryNeeds, stage: RunStage): Partial<MemoryLevels> | null {
  const edge = Math.min(Math.max(needs.height, needs.width), plan.vaeTile === 0 ? Infinity : plan.vaeTile);
  const halved = Math.ceil(edge / 2);
  if (stage === 'decode' && halved >= goodTiles[2]) return { vaeTile: halved };
  if (plan.keepBuffers) return { keepBuffers: false };
  if (plan.keepEncoders) return { keepEncoders: false };
  if (stage === 'denoise' && plan.branches === 'together') return { branches: 'one-by-one' };
  if (stage === 'decode' && edge > smallestTile) return { vaeTile: Math.max(smallestTile, halved) };
  return null;
}

/** The plan with some levels changed. */
export function changedPlan(plan: MemoryPlan, needs: MemoryNeeds, change: Partial<MemoryLevels>): MemoryPlan {
  return priced(needs, { ...plan, ...change });
}

/** Whether two plans do the same, whatever they cost. */
export function sameLevels(a: MemoryPlan, b: MemoryPlan): boolean {
  const levels = (plan: MemoryLevels): string => JSON.stringify(memoryLevelsSchema.parse(plan));
  return levels(a) === levels(b);
}

function priced(needs: MemoryNeeds, plan: MemoryLevels): MemoryPlan {
  return { ...plan, predictedBytes: predictBytes(needs, plan) };
}

function choices<T>(override: T | undefined, all: readonly T[]): readonly T[] {
  return override === undefined ? all : [override];
}
