import type { GuidanceSettings, PinStrengths } from '../../api.ts';
import { PinwordError } from '../../errors.ts';
import { eventTurn } from '../../runtime/event-turn.ts';

const nobody: PinStrengths = { look: [], detail: [] };

/** The one task that may be under way: loading or generating. Holds what may change while it runs. */
export class RunControl {
  readonly #abort = new AbortController();
  guidance: GuidanceSettings;
  strengths: PinStrengths;

  constructor(guidance: GuidanceSettings = { alpha: 0, guidanceScale: 1 }, strengths: PinStrengths = nobody) {
    this.guidance = guidance;
    this.strengths = strengths;
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
