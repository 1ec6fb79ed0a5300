import type { Notice } from '../api.ts';
import { PinwordError } from '../errors.ts';
import type { LoadedModel } from './loaded-model.ts';
import { describePlan, lowerPlan } from './memory-plan.ts';
import { NonFiniteError, type Part } from './non-finite-error.ts';

/**
 * Attempts a task; where memory ran out or f16 overflowed, goes one level down, says so, and attempts it again.
 * @throws the last error where there is no level left
 */
export async function withFallbacks<T>(model: LoadedModel, say: (notice: Notice) => void, attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      const notice = await fallBack(model, error);
      if (notice === null) throw error;
      say(notice);
    }
  }
}

async function fallBack(model: LoadedModel, error: unknown): Promise<Notice | null> {
  if (error instanceof NonFiniteError) return toFullPrecision(model, error.part);
  if (error instanceof PinwordError && error.code === 'out-of-memory') return toLowerPlan(model);
  return null;
}

async function toLowerPlan(model: LoadedModel): Promise<Notice | null> {
  const plan = lowerPlan(model.plan, model.memoryNeeds);
  if (plan === null) return null;
  model.plan = plan;
  await model.denoiser.release();
  await model.decoder.release();
  return { code: 'out-of-memory', message: `There was not enough GPU memory, so this goes on with less: ${describePlan(plan)}.` };
}

const names: Readonly<Record<Part, string>> = { denoiser: 'network', decoder: 'decoder' };

async function toFullPrecision(model: LoadedModel, part: Part): Promise<Notice | null> {
  if (model[part].precision === 'f32') return null;
  await model[part].release();
  if (part === 'denoiser') model.denoiser = await model.inFullPrecision.denoiser();
  else model.decoder = await model.inFullPrecision.decoder();
  return { code: 'full-precision', message: `The ${names[part]} overflowed in 16-bit, so it runs in 32-bit from now on.` };
}
