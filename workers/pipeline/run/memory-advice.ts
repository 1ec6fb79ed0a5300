import type { GenerateRequest } from '../../api.ts';
import { PinwordError } from '../../errors.ts';
import { detailingPins } from '../encoding/pin-voices.ts';

/** @returns the same error; where memory ran out, with what of the pins takes much of it */
export function withMemoryAdvice(error: unknown, request: Pick<GenerateRequest, 'pins' | 'alpha'>): unknown {
  if (!(error instanceof PinwordError) || error.code !== 'out-of-memory') return error;
  const advice = adviceFor(request);
  return advice === null ? error : new PinwordError(error.code, `${error.message} ${advice}`, { cause: error });
}

function adviceFor(request: Pick<GenerateRequest, 'pins' | 'alpha'>): string | null {
  const details = detailingPins(request).reduce((sum, { pictures }) => sum + pictures.length, 0);
  if (details > 0)
    return `The fine detail of ${details === 1 ? 'a pinned picture' : `${details} pinned pictures`} is copied, which takes memory for each: switch it off for some.`;
  return request.pins.length > 1 ? `${request.pins.length} words are pinned: fewer pins take less.` : null;
}
