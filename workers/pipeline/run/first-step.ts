import type { GenerateRequest } from '../../api.ts';
import { firstStepOf } from '../denoising/sampling-start.ts';

/** Steps that a request leaves out. */
export function firstStepFor({
  start,
  steps,
  strength,
}: Pick<GenerateRequest, 'start' | 'steps' | 'strength'>): number {
  return start === undefined ? 0 : firstStepOf(steps, strength);
}
