/** One run, from the press of Generate to the last picture, as a pure function of the engine's events. */
import type {
  ErrorData,
  GenerateEvent,
  GenerateSummary,
  GuidanceSettings,
  Notice,
  PinStrengths,
  Pixels,
} from '../../../../workers/api.ts';
import type { WordPin } from '../../compose/pins/pins.ts';
import { addStep, millisecondsLeft, noPace, type Pace } from './time-left.ts';

type Phase = 'load-model' | Extract<GenerateEvent, { type: 'phase' }>['phase'];

export interface ActiveRun {
  readonly kind: 'running' | 'cancelling';
  readonly phase: Phase;
  /** Index of the picture that forms, of `count`. */
  readonly picture: number;
  readonly count: number;
  /** Steps done of the picture that forms. */
  readonly step: number;
  readonly steps: number;
  readonly preview: Pixels | null;
  /** α and w of the last step done. */
  readonly guidance: GuidanceSettings | null;
  /** At the last step done; null before it. */
  readonly strengths: PinStrengths | null;
  /** What the run was asked with; none until that is known. */
  readonly pins: readonly WordPin[];
  /** α, w or the strength of a look or detail was moved after the first step of this picture: its recipe cannot make it again. */
  readonly guidanceMoved: boolean;
  readonly pace: Pace;
  /** When the last step ended, in milliseconds of a monotonic clock; null before the first. */
  readonly lastStepAt: number | null;
  readonly notices: readonly Notice[];
  /** Of the picture, in pixels; null until the model that makes it is known. */
  readonly size: { readonly width: number; readonly height: number } | null;
  /** The model was not there yet when the run began: its loading is a part of the way. */
  readonly hadToLoad: boolean;
  /** What is moved on the page meanwhile changes it; what waited for its turn is made as it was asked for. */
  readonly isLive: boolean;
}

export type RunState =
  | { readonly kind: 'idle' }
  | ActiveRun
  | { readonly kind: 'done'; readonly summary: GenerateSummary; readonly notices: readonly Notice[] }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly error: ErrorData };

export function isActive(run: RunState): run is ActiveRun {
  return run.kind === 'running' || run.kind === 'cancelling';
}

export function startRun(
  { count, steps }: { readonly count: number; readonly steps: number },
  { hadToLoad, isLive = true }: Pick<ActiveRun, 'hadToLoad'> & Partial<Pick<ActiveRun, 'isLive'>>,
): ActiveRun {
  return {
    kind: 'running',
    phase: 'load-model',
    picture: 0,
    count,
    step: 0,
    steps,
    preview: null,
    guidance: null,
    strengths: null,
    pins: [],
    guidanceMoved: false,
    pace: noPace,
    lastStepAt: null,
    notices: [],
    size: null,
    hadToLoad,
    isLive,
  };
}

const voices = ['look', 'detail'] as const satisfies readonly (keyof PinStrengths)[];

/** Whether this step was made with other values than the one before it. */
function isMoved(
  { guidance, strengths }: Pick<ActiveRun, 'guidance' | 'strengths'>,
  step: Extract<GenerateEvent, { type: 'step' }>,
): boolean {
  if (guidance === null || strengths === null) return false;
  return (
    guidance.alpha !== step.guidance.alpha ||
    guidance.guidanceScale !== step.guidance.guidanceScale ||
    voices.some((voice) => strengths[voice].some((strength, pin) => strength !== step.strengths[voice][pin]))
  );
}

/** @param now milliseconds of a monotonic clock */
export function advance(run: RunState, event: GenerateEvent, now: number): RunState {
  if (!isActive(run)) return run;
  switch (event.type) {
    case 'phase': {
      const isNew = event.picture !== run.picture;
      const denoising = event.phase === 'denoise';
      return {
        ...run,
        phase: event.phase,
        picture: event.picture,
        step: isNew ? 0 : run.step,
        preview: isNew ? null : run.preview,
        guidance: isNew ? null : run.guidance,
        strengths: isNew ? null : run.strengths,
        guidanceMoved: !isNew && run.guidanceMoved,
        lastStepAt: denoising ? now : run.lastStepAt,
      };
    }
    case 'step':
      return {
        ...run,
        phase: 'denoise',
        picture: event.picture,
        step: event.step,
        steps: event.steps,
        preview: event.preview,
        guidance: event.guidance,
        strengths: event.strengths,
        guidanceMoved: run.guidanceMoved || isMoved(run, event),
        pace: run.lastStepAt === null ? run.pace : addStep(run.pace, now - run.lastStepAt),
        lastStepAt: now,
      };
    case 'notice':
      return { ...run, notices: [...run.notices, event.notice] };
    case 'picture':
      return run;
  }
}

/** Milliseconds to the end of the last picture; null while it cannot be known. */
export function timeLeft(run: ActiveRun): number | null {
  const stepsLeft = run.steps - run.step + (run.count - 1 - run.picture) * run.steps;
  return millisecondsLeft(run.pace, stepsLeft);
}

/** Where each phase begins on the way of one picture, from 0 to 1; the steps lie between 'denoise' and 'decode'. */
const phaseStart: Readonly<Record<Phase, number>> = {
  'load-model': 0,
  'encode-picture': 0,
  'encode-subjects': 0.01,
  'encode-text': 0.02,
  denoise: 0.04,
  decode: 0.94,
  check: 0.98,
};

/** Share of the whole way that loading takes where it is a part of it. */
const loadingPart = 0.4;

/** Share of the way from the press of Generate to the last picture, from 0 to 1. @param loaded share of the model that is loaded */
export function progress(run: ActiveRun, loaded: number): number {
  const before = run.hadToLoad ? loadingPart : 0;
  if (run.phase === 'load-model') return before * loaded;
  const { denoise, decode } = phaseStart;
  const within =
    run.phase === 'denoise' ? denoise + ((decode - denoise) * run.step) / run.steps : phaseStart[run.phase];
  return before + ((1 - before) * (run.picture + within)) / run.count;
}

const phaseWords: Readonly<Record<Phase, string>> = {
  'load-model': 'Loading the model',
  'encode-picture': 'Reading the picture to start from',
  'encode-subjects': 'Reading the pinned pictures',
  'encode-text': 'Reading the caption',
  denoise: 'Forming the picture',
  decode: 'Developing the picture',
  check: 'Checking the picture',
};

export function phaseText(run: ActiveRun): string {
  if (run.kind === 'cancelling') return 'Stopping';
  const which = run.count > 1 && run.phase !== 'load-model' ? ` ${run.picture + 1} of ${run.count}` : '';
  return `${phaseWords[run.phase]}${which}`;
}
