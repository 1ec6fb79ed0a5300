import type { GuidanceSettings } from '../../api.ts';
import { PinwordError } from '../../errors.ts';
import { eventTurn } from '../../runtime/event-turn.ts';

/** The one task that may be under way: loading or generating. Holds what may change while it runs. */
export class RunControl {
  readonly #abort = new AbortController();
  guidance: GuidanceSettings;
  /** Of each pin of the request, in its order. */
  lookStrengths: readonly number[];

  constructor(guidance: GuidanceSettings = { alpha: 0, guidanceScale: 1 }, lookStrengths: readonly number[] = []) {
    this.guidance = guidance;
    this.lookStrengths = lookStrengths;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  cancel(): void {
    this.#abort.abort();
  }

  get cancelled(): boolean {
    return this.#abort.signal.aborted;
  }

  /** Lets messages in that wait, a Cancel or a new α among them. @throws PinwordError 'cancelled' */
  async throwIfCancelled(): Promise<void> {
    await eventTurn();
    if (this.cancelled) throw new PinwordError('cancelled', 'Cancelled.');
  }
}
