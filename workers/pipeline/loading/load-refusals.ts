import type { Consent, LoadCost } from '../../api.ts';
import { formatBytes } from '../../contract/format-bytes.ts';
import { PinwordError } from '../../errors.ts';
import type { Backend } from '../../runtime/sessions.ts';
import type { MemoryNeeds } from '../model/memory-needs.ts';
import type { MemoryPlan } from '../model/memory-plan.ts';

/** The wasm provider needs seconds a step for the miniature model and many minutes for Stable Diffusion. */
const maxWasmWeights = 100e6;

/** @throws PinwordError 'provider-too-slow' */
export function refuseSlow({ gpu }: Backend, { weights }: MemoryNeeds): void {
  if (gpu === null && weights.unet > maxWasmWeights) {
    throw new PinwordError(
      'provider-too-slow',
      'This model is far too large for the processor alone. Use a browser with WebGPU, or the miniature model.',
    );
  }
}

/**
 * An estimate of an adapter's memory may be wrong, and is only asked about; a browser's limit closes the page.
 * @throws PinwordError 'too-large-for-browser'
 */
export function refuseTooLarge({ predictedBytes }: MemoryPlan, browserLimit: number): void {
  if (predictedBytes <= browserLimit) return;
  throw new PinwordError(
    'too-large-for-browser',
    `This model needs about ${formatBytes(predictedBytes)}, but this browser closes a page that takes more than ${formatBytes(browserLimit)}. Use the picture book model here, or this model on a computer.`,
  );
}

/** A load that is stopped while the question stands ends at once. @throws PinwordError 'cancelled' where the answer is no */
export async function requireConsent(
  cost: LoadCost,
  { consent, signal }: { readonly consent: Consent; readonly signal: AbortSignal },
): Promise<void> {
  const stopped = new Promise<false>((resolve) => {
    if (signal.aborted) resolve(false);
    signal.addEventListener(
      'abort',
      () => {
        resolve(false);
      },
      { once: true },
    );
  });
  if (!(await Promise.race([consent(cost), stopped]))) throw new PinwordError('cancelled', 'The model was not loaded.');
}
