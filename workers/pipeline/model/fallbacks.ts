import { notice, noticeOfFullPrecision, type Notice } from '../../contract/notices.ts';
import { PinwordError } from '../../errors.ts';
import { giveUpCapture } from '../denoising/capture-check.ts';
import { applyPlan } from './apply-plan.ts';
import { releaseModel, type LoadedModel } from './loaded-model.ts';
import { changedPlan, describePlan, lowerPlan, type RunStage } from './memory-plan.ts';
import { moduleNames, NonFiniteError, type ModuleId } from '../modules/non-finite-error.ts';

/** What a fall-back needs to know of the run that it saves. */
export interface Rescue {
  readonly stage: RunStage;
  readonly say: (notice: Notice) => void;
  /** Ends what a fall-back fetches. */
  readonly signal: AbortSignal;
  /** Brings results that must outlive the model's sessions to the host. */
  readonly saveResults?: () => Promise<void>;
}

/**
 * Attempts a task; where memory ran out or f16 overflowed, goes one level down, says so, and attempts it again. What
 * came before the task is not done again.
 * @throws the last error where there is no level left; 'cancelled'
 */
export async function withFallbacks<T>(model: LoadedModel, rescue: Rescue, attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!(await fallBack(model, rescue, error))) throw error;
    }
  }
}

/** @returns false where there is nothing to fall back to */
async function fallBack(model: LoadedModel, rescue: Rescue, error: unknown): Promise<boolean> {
  if (error instanceof NonFiniteError) return toFullPrecision(model, rescue, error.module);
  if (!(error instanceof PinwordError)) return false;
  if (error.code === 'out-of-memory') return toLowerPlan(model, rescue);
  return error.code === 'internal' && rescue.stage === 'denoise' && toPlainSteps(model, rescue);
}

/** What fails while it is captured or replayed may run plain: an adapter for which a kernel reads a number back. */
async function toPlainSteps(model: LoadedModel, { say, saveResults }: Rescue): Promise<boolean> {
  if (!model.denoiser.captures) return false;
  await saveResults?.();
  giveUpCapture(model.backend);
  say(notice('no-capture'));
  return true;
}

async function toLowerPlan(model: LoadedModel, { stage, say, saveResults }: Rescue): Promise<boolean> {
  const { memory } = model;
  const change = lowerPlan(model.plan, memory.needs, stage);
  if (change === null) return false;
  await saveResults?.();
  await releaseModel(model);
  memory.overrides = { ...memory.overrides, ...change };
  await applyPlan(model, changedPlan(model.plan, memory.needs, change));
  say(notice('out-of-memory', describePlan(model.plan, memory.needs, { isGpu: model.backend.gpu !== null })));
  return true;
}

/** Said before it begins, because weights that are not stored in f32 are downloaded for it. */
async function toFullPrecision(
  model: LoadedModel,
  { say, signal, saveResults }: Rescue,
  module: ModuleId,
): Promise<boolean> {
  if (model[module]?.precision !== 'f16') return false;
  await saveResults?.();
  await releaseModel(model);
  const { sourceBytes, load } = model.loaders[module];
  say(noticeOfFullPrecision(module, moduleNames[module], sourceBytes));
  Object.assign(model, await load('f32', signal));
  return true;
}
