import { wrap, type Endpoint, type Remote } from 'comlink';
import type { EngineApi, ErrorData } from '../../workers/api.ts';

/** The parts of Worker that the client needs; tests give a message port instead. */
export interface WorkerLike extends Endpoint {
  terminate(): void;
}

/** A running worker and the way to speak with it. */
export interface Connection {
  readonly remote: Remote<EngineApi>;
  readonly died: Promise<ErrorData>;
  readonly kill: (error: ErrorData) => void;
}

const workerDied: ErrorData = {
  code: 'internal',
  message: 'The engine stopped unexpectedly. It starts again with your next step; if this repeats, reload the page.',
};

/** Starts a worker; whatever ends it, `onDeath` is told. */
export function connect(spawn: () => WorkerLike, onDeath: (connection: Connection) => void): Connection {
  const worker = spawn();
  let settle: (error: ErrorData) => void = () => undefined;
  const died = new Promise<ErrorData>((resolve) => {
    settle = resolve;
  });
  const connection: Connection = {
    remote: wrap<EngineApi>(worker),
    died,
    kill: (error) => {
      worker.terminate();
      settle(error);
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
