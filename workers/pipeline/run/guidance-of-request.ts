import type { GenerateRequest, GuidanceSchedule, Notice, ProgressInterval } from '../../api.ts';
import { guidancePresets } from '../../contract/guidance-presets.ts';
import { notice } from '../../contract/notices.ts';
import { schedulers } from '../../contract/schedulers.ts';
import { settingTable } from '../../contract/settings.ts';
import { PinwordError } from '../../errors.ts';
import { firstStepFor } from './first-step.ts';
import { holdsAtAnyStep } from '../denoising/guidance-schedule.ts';

type Guided = Pick<
  GenerateRequest,
  | 'guidanceSchedule'
  | 'guidanceOverTime'
  | 'alpha'
  | 'guidanceScale'
  | 'steps'
  | 'start'
  | 'strength'
  | 'pins'
  | 'scheduler'
>;

export function guidanceScheduleOf({ guidanceSchedule, guidanceOverTime }: Guided): GuidanceSchedule {
  return guidanceSchedule ?? guidancePresets[guidanceOverTime].schedule;
}

/** @throws PinwordError 'setting-out-of-range' for an interval that is none, or that leaves nothing of what was set */
export function validateGuidance(request: Guided): void {
  const schedule = guidanceScheduleOf(request);
  for (const key of ['alpha', 'guidanceScale'] as const) validateInterval(key, schedule[key]);
  if (request.pins.length > 0 && request.alpha > 0) requireStep(request, schedule.alpha, 'the pinned picture counts');
  if (request.guidanceScale > 1) requireStep(request, schedule.guidanceScale, 'the picture is guided');
}

function validateInterval(key: keyof GuidanceSchedule, { from, to }: ProgressInterval): void {
  if (from >= 0 && from < to && to <= 1) return;
  throw new PinwordError(
    'setting-out-of-range',
    `“${settingTable[key].label}” must hold from a share of the steps to a later one, both between 0 and 1; ${from} to ${to} is none.`,
  );
}

function requireStep(request: Guided, interval: ProgressInterval, what: string): void {
  const { steps } = request;
  const firstStep = firstStepFor(request);
  if (holdsAtAnyStep(interval, steps, firstStep)) return;
  const percent = (share: number): number => Math.round(100 * share);
  const taken = steps - firstStep;
  const [which, remedy] =
    firstStep === 0
      ? [steps === 1 ? 'the single step' : `the ${steps} steps`, 'Take more steps']
      : [
          `the last ${taken} of ${steps} steps, which “${settingTable.strength.label}” leaves,`,
          `Raise “${settingTable.strength.label}”`,
        ];
  throw new PinwordError(
    'setting-out-of-range',
    `“${settingTable.guidanceOverTime.label}” says that ${what} between ${percent(interval.from)} % and ${percent(interval.to)} % of the way, but none of ${which} lies there. ${remedy}, or take “${guidancePresets.paper.label}”.`,
  );
}

/** Networks that were distilled to a few steps burn their pictures with more. */
const mostFewStepGuidance = 2;

/** What is known of the network that a scheduler for few steps is run with. */
interface FewStepNetwork {
  /** It was distilled to read the guidance scale, so that nothing is guided twice. */
  readonly readsGuidance: boolean;
  /** It was distilled to a few steps, as far as names and config tell. */
  readonly isForFewSteps: boolean;
}

/** What a person should know of a scheduler for few steps: whether network and guidance go with it. */
export function fewStepNotices({ scheduler, guidanceScale }: Guided, network: FewStepNetwork): Notice[] {
  const { isForFewSteps, label } = schedulers[scheduler];
  if (!isForFewSteps) return [];
  const burns = !network.readsGuidance && guidanceScale > mostFewStepGuidance;
  return [
    ...(network.isForFewSteps ? [] : [notice('few-step-network', label)]),
    ...(burns ? [notice('few-step-guidance', label, guidanceScale)] : []),
  ];
}
