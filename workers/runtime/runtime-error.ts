import { isMemoryShortage, PinwordError } from '../errors.ts';

const deviceLost =
  'The graphics processor was reset or taken away by the system. Nothing that you entered is lost: press Generate again, and the model is loaded again.';

export function deviceLostError(cause?: unknown): PinwordError {
  return new PinwordError('device-lost', deviceLost, { cause });
}

export function outOfMemoryError(cause?: unknown): PinwordError {
  return new PinwordError(
    'out-of-memory',
    'There was not enough memory. Close other tabs and programs that use the graphics processor, or choose a smaller picture or model.',
    { cause },
  );
}

/**
 * What ONNX Runtime and WebGPU throw, as an error with a code.
 * @param what the sentence for what has no code of its own, e.g. "The graph could not be run."
 */
export function runtimeError(error: unknown, what: string): PinwordError {
  if (error instanceof PinwordError) return error;
  const words = error instanceof Error ? error.message : String(error);
  if (isMemoryShortage(words)) return outOfMemoryError(error);
  // WebGPU ends a readback with AbortError only where the device or the buffer is gone.
  const aborted = error instanceof DOMException && error.name === 'AbortError';
  if (aborted || words.split('\n').some(saysDeviceLost)) return deviceLostError(error);
  return new PinwordError('internal', `${what} Try again; if it happens again, reload the page.`, { cause: error });
}

/** Of one line. */
function saysDeviceLost(line: string): boolean {
  const device = line.search(/device/i);
  return device >= 0 && /lost|destroyed/i.test(line.slice(device));
}
