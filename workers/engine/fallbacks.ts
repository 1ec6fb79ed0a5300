import type { Notice } from '../api.ts';
import { PinwordError } from '../errors.ts';
import { applyPlan } from './apply-plan.ts';
import { releaseModel, type LoadedModel, type ModelParts } from './loaded-model.ts';
import { changedPlan, describePlan, lowerPlan, type RunStage } from './memory-plan.ts';
import { NonFiniteError, partNames } from './non-finite-error.ts';

/** What a fall-back needs to know of the run that it saves. */
export interface Rescue {
  readonly stage: RunStage;
  readonly say: (notice: Notice) => void;
  /** Brings results that must outlive the model's sessions to the host. */
  readonly saveResults?: () => Promise<void>;
}

/**
 * Attempts a task; where memory ran out or f16 overflowed, goes one level down, says so, and attempts it again. What
 * came before the task is not done again.
 * @throws the last error where there is no level left
 */
export async function withFallbacks<T>(model: LoadedModel, rescue: Rescue, attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const notice = await fallBack(model, rescue, error);
      if (notice === null) throw error;
      rescue.say(notice);
    }
  }
}

async function fallBack(model: LoadedModel, rescue: Rescue, error: unknown): Promise<Notice | null> {
  if (error instanceof NonFiniteError) return toFullPrecision(model, rescue, error.part);
  if (error instanceof PinwordError && error.code === 'out-of-memory') return toLowerPlan(model, rescue);
  return null;
}

async function toLowerPlan(model: LoadedModel, { stage, saveResults }: Rescue): Promise<Notice | null> {
  const { memory } = model;
  const change = lowerPlan(model.plan, memory.needs, stage);
  if (change === null) return null;
  await saveResults?.();
  await releaseModel(model);
  memory.overrides = { ...memory.overrides, ...change };
  await applyPlan(model, changedPlan(model.plan, memory.needs, change));
  return { code: 'out-of-memory', message: `There was not enough memory, so this goes on with less: ${describePlan(model.plan)}.` };
}

async function toFullPrecision(model: LoadedModel, { saveResults }: Rescue, part: keyof ModelParts): Promise<Notice | null> {
  if (model[part]?.precision !== 'f16') return null;
  await saveResults?.();
  await releaseModel(model);
  Object.assign(model, await model.inFullPrecision[part]());
  return { code: `full-precision-${part}`, message: `The ${partNames[part]} overflowed in 16-bit, so it runs in 32-bit from now on.` };
}
