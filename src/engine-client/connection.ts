import { wrap, type Endpoint, type Remote } from 'comlink';
import type { ErrorData, Result } from '../../workers/api.ts';

/** The parts of Worker that the client needs; tests give a message port instead. */
export interface WorkerLike extends Endpoint {
  terminate(): void;
}

/** A running worker and the way to speak with it. */
export interface Connection<Api> {
  readonly remote: Remote<Api>;
  /** Calls without an answer yet: each is told what ended the worker. */
  readonly waiting: Set<(error: ErrorData) => void>;
  readonly kill: (error: ErrorData) => void;
}

const workerDied: ErrorData = {
  code: 'internal',
  message: 'The engine stopped unexpectedly. It starts again with your next step; if this repeats, reload the page.',
};

/** Starts a worker; whatever ends it, `onDeath` is told. @param died what is said where it ends by itself */
export function connect<Api>(
  spawn: () => WorkerLike,
  onDeath: (connection: Connection<Api>) => void,
  died = workerDied,
): Connection<Api> {
  const worker = spawn();
  const waiting: Connection<Api>['waiting'] = new Set();
  const connection: Connection<Api> = {
    remote: wrap<Api>(worker),
    waiting,
    kill: (error) => {
      worker.terminate();
      for (const tell of waiting) tell(error);
      onDeath(connection);
    },
  };
  for (const type of ['error', 'messageerror']) {
    worker.addEventListener(type, () => {
      connection.kill(died);
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
  { waiting }: Pick<Connection<unknown>, 'waiting'>,
  answer: Promise<T>,
): Promise<T | Ended> {
  let tell: (error: ErrorData) => void = () => undefined;
  const end = new Promise<Ended>((resolve) => {
    tell = (error) => {
      resolve({ ok: false, error });
    };
  });
  waiting.add(tell);
  try {
    return await Promise.race([answer, end]);
  } finally {
    waiting.delete(tell);
  }
}
