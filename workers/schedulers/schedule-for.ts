import type { SchedulerName } from '../api.ts';
import { ddimSchedule } from './ddim.ts';
import { dpmSolver2MKarrasSchedule } from './dpmsolver-2m-karras.ts';
import { eulerAncestralSchedule } from './euler-ancestral.ts';
import { eulerSchedule } from './euler.ts';
import { lcmSchedule } from './lcm.ts';
import type { Schedule } from './scheduler.ts';
import type { SchedulerConfig } from './scheduler-config.ts';

/**
 * The schedule of a named sampler.
 * @param eta DDIM's η; the others ignore it.
 * @throws PinwordError 'setting-out-of-range' when the sampler cannot take that many steps.
 */
export function scheduleFor(
  name: SchedulerName,
  config: SchedulerConfig,
  numInferenceSteps: number,
  eta: number,
): Schedule {
  switch (name) {
    case 'ddim':
      return ddimSchedule(config, numInferenceSteps, eta);
    case 'dpmsolver++2m-karras':
      return dpmSolver2MKarrasSchedule(config, numInferenceSteps);
    case 'euler':
      return eulerSchedule(config, numInferenceSteps);
    case 'euler-ancestral':
      return eulerAncestralSchedule(config, numInferenceSteps);
    case 'lcm':
      return lcmSchedule(config, numInferenceSteps);
  }
}
