import { wrap, type Endpoint, type Remote } from 'comlink';
import type { EngineApi, ErrorData, Result } from '../../workers/api.ts';

/** The parts of Worker that the client needs; tests give a message port instead. */
export interface WorkerLike extends Endpoint {
  terminate(): void;
}

/** A running worker and the way to speak with it. */
export interface Connection {
  readonly remote: Remote<EngineApi>;
  /** Calls without an answer yet: each is told what ended the worker. */
  readonly waiting: Set<(error: ErrorData) => void>;
  readonly kill: (error: ErrorData) => void;
}

const workerDied: ErrorData = {
  code: 'internal',
  message: 'The engine stopped unexpectedly. It starts again with your next step; if this repeats, reload the page.',
};

/** Starts a worker; whatever ends it, `onDeath` is told. */
export function connect(spawn: () => WorkerLike, onDeath: (connection: Connection) => void): Connection {
  const worker = spawn();
  const waiting: Connection['waiting'] = new Set();
  const connection: Connection = {
    remote: wrap<EngineApi>(worker),
    waiting,
    kill: (error) => {
      worker.terminate();
      for (const tell of waiting) tell(error);
      onDeath(connection);
    },
  };
  for (const type of ['error', 'messageerror']) {
    worker.addEventListener(type, () => {
      connection.kill(workerDied);
    });
  }
  return connection;
}

type Ended = Extract<Result<never>, { ok: false }>;

/**
 * The answer to a call, or what ended the worker before. Not a race with one promise of the worker's end: that would hold
 * every answer, pictures and files among them, as long as the worker lives.
 */
export async function answerOf<T>({ waiting }: Pick<Connection, 'waiting'>, answer: Promise<T>): Promise<T | Ended> {
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
