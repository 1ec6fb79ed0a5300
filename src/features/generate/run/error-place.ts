import type { ErrorCode } from '../../../../workers/api.ts';
import type { RunState } from './run-state.ts';

/** Next to what an error is shown: the thing that has to change. */
type ErrorPlace = 'caption' | 'settings' | 'stage';

const places: Partial<Record<ErrorCode, ErrorPlace>> = {
  'empty-caption': 'caption',
  'pin-cut-off': 'caption',
  'pin-without-token': 'caption',
  'weight-too-large': 'caption',
  'pin-out-of-range': 'caption',
  'pin-without-subject': 'caption',
  'setting-out-of-range': 'settings',
};

export function errorPlace(code: ErrorCode): ErrorPlace {
  return places[code] ?? 'stage';
}

export function problemAt(run: RunState, place: ErrorPlace): string | null {
  return run.kind === 'failed' && errorPlace(run.error.code) === place ? run.error.message : null;
}
