import { wrap, type Endpoint, type Remote } from 'comlink';
import { areYouThere, type ErrorData, type Result } from '../../workers/api.ts';
import { SilenceWatch } from './silence.ts';

/** The parts of Worker that the client needs; tests give a message port instead. */
export interface WorkerLike extends Endpoint {
  terminate(): void;
}

/** A running worker and the way to speak with it. */
export interface Connection<Api> {
  readonly remote: Remote<Api>;
  /** Calls without an answer yet: each is told what ended the worker. */
  readonly waiting: Set<(error: ErrorData) => void>;
  /** null where nobody wants to hear of silence. */
  readonly watch: SilenceWatch | null;
  readonly kill: (error: ErrorData) => void;
}

const workerDied: ErrorData = {
  code: 'internal',
  message: 'The engine stopped unexpectedly. It starts again with your next step; if this repeats, reload the page.',
};

/** What whoever connects wants to be told. */
interface ConnectionListener<Api> {
  /** Whatever ended the worker. */
  readonly onDeath: (connection: Connection<Api>) => void;
  /** The worker says nothing while calls wait, or speaks again. */
  readonly onSilence: ((isSilent: boolean) => void) | null;
}

/** Starts a worker. @param died what is said where it ends by itself */
export function connect<Api>(
  spawn: () => WorkerLike,
  { onDeath, onSilence }: ConnectionListener<Api>,
  died = workerDied,
): Connection<Api> {
  const worker = spawn();
  const waiting: Connection<Api>['waiting'] = new Set();
  const kill = (error: ErrorData): void => {
    watch?.stop();
    worker.terminate();
    for (const tell of waiting) tell(error);
    onDeath(connection);
  };
  const isAwaited = (): boolean => waiting.size > 0;
  const ping = (): void => {
    worker.postMessage(areYouThere);
  };
  const watch = onSilence === null ? null : new SilenceWatch({ isAwaited, ping, onSilence, end: kill });
  const connection: Connection<Api> = { remote: wrap<Api>(worker), waiting, watch, kill };
  worker.addEventListener('message', () => {
    watch?.heard();
  });
  for (const type of ['error', 'messageerror']) {
    worker.addEventListener(type, () => {
      kill(died);
    });
  }
  return connection;
}

type Ended = Extract<Result<never>, { ok: false }>;

/**
 * The answer to a call, or what ended the worker before. Not a race with one promise of the worker's end: that would hold
 * every answer, pictures and files among them, as long as the worker lives.
 */
export async function answerOf<T>(
  { waiting, watch }: Pick<Connection<unknown>, 'waiting' | 'watch'>,
  answer: Promise<T>,
): Promise<T | Ended> {
  let tell: (error: ErrorData) => void = () => undefined;
  const end = new Promise<Ended>((resolve) => {
    tell = (error) => {
      resolve({ ok: false, error });
    };
  });
  waiting.add(tell);
  watch?.start();
  try {
    return await Promise.race([answer, end]);
  } finally {
    waiting.delete(tell);
    if (waiting.size === 0) watch?.stop();
  }
}
