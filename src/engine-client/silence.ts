/**
 * Notices a worker that says nothing at all, which no event of a browser tells of: its script never came, a driver holds
 * its thread, a debugger of an extension stopped it. A computation on the processor may rightly hold the thread for
 * minutes, so silence is first said, and ends the worker only after long.
 */
import type { ErrorData } from '../../workers/api.ts';

const tick = 5000;
/** Ticks of silence until it is said. */
const untilSaid = 9;
/** Ticks of silence until the worker is ended: sooner where it never said anything, because then it holds nothing. */
const untilEnded = { unheard: 24, heard: 180 };

const neverStarted: ErrorData = {
  code: 'engine-silent',
  message:
    'The engine did not start within two minutes. Press “Try again”; if this repeats, reload the page, or look whether an extension or a network filter keeps its files away.',
};
const fellSilent: ErrorData = {
  code: 'engine-silent',
  message:
    'The engine said nothing for fifteen minutes and was ended. Press “Try again”: it starts anew. If this repeats, choose a smaller picture, or less memory in the model’s dialog.',
};

interface Watched {
  /** Whether any call waits for an answer. */
  readonly isAwaited: () => boolean;
  /** Asks for a sign of life. */
  readonly ping: () => void;
  readonly onSilence: (isSilent: boolean) => void;
  readonly end: (error: ErrorData) => void;
}

/** A watch over one worker. Ticks are counted, not hours: a machine that slept is not a worker that was silent. */
export class SilenceWatch {
  readonly #watched: Watched;
  #hasSpoken = false;
  #ticks = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(watched: Watched) {
    this.#watched = watched;
  }

  /** A call begins to wait. */
  start(): void {
    this.#timer ??= setInterval(() => {
      this.#tick();
    }, tick);
  }

  /** The worker said something, whatever it was. */
  heard(): void {
    this.#hasSpoken = true;
    this.#reset();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#reset();
  }

  #reset(): void {
    if (this.#ticks >= untilSaid) this.#watched.onSilence(false);
    this.#ticks = 0;
  }

  #tick(): void {
    if (!this.#watched.isAwaited()) {
      this.stop();
      return;
    }
    this.#ticks += 1;
    if (this.#ticks === untilSaid) this.#watched.onSilence(true);
    if (this.#ticks >= (this.#hasSpoken ? untilEnded.heard : untilEnded.unheard))
      this.#watched.end(this.#hasSpoken ? fellSilent : neverStarted);
    else this.#watched.ping();
  }
}
