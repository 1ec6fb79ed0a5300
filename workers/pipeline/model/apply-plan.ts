import { notice, type Notice } from '../../contract/notices.ts';
import { releaseModel, type LoadedModel } from './loaded-model.ts';
import { describePlan, planMemory, sameLevels, type MemoryPlan } from './memory-plan.ts';
import type { MemoryNeeds } from './memory-needs.ts';

/** What of a run the plan depends on. */
type PlannedRun = Pick<
  MemoryNeeds,
  'height' | 'width' | 'reuses' | 'references' | 'findsWords' | 'decoder' | 'seesSteps' | 'tokens'
>;

/** Sets the plan for pictures of a size, and says so where it is another one than was told of the model. */
export async function planForSize(model: LoadedModel, run: PlannedRun, say: (notice: Notice) => void): Promise<void> {
  const { memory, vaeDecoder } = model;
  const before = model.plan;
  memory.needs = { ...memory.needs, ...run };
  const plan = planMemory(memory.needs, memory.limits, { ...memory.overrides, precision: before.precision });
  await applyPlan(model, plan);
  if (sameLevels(before, plan)) return;
  const description = describePlan(plan, memory.needs, { isGpu: model.backend.gpu !== null });
  say(notice('memory-plan', run.width * vaeDecoder.scale, run.height * vaeDecoder.scale, description));
}

/** How ONNX Runtime keeps buffers can only change while no session is open. */
export async function applyPlan(model: LoadedModel, plan: MemoryPlan): Promise<void> {
  const { gpu } = model.backend;
  const bufferCache = plan.keepBuffers ? 'simple' : 'lazyRelease';
  if (gpu !== null && gpu.bufferCache !== bufferCache) {
    await releaseModel(model);
    gpu.bufferCache = bufferCache;
  }
  model.plan = plan;
}
