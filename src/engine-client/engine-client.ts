/**
 * The window's end of the contract. It starts the worker at the first call, settles every pending call when the
 * worker dies, loses its GPU or is silent for too long (comlink alone never would), and starts a fresh worker at the next call.
 */
import { proxy, type Remote } from 'comlink';
import type { EngineApi, ErrorCode, ErrorData, Result } from '../../workers/api.ts';
import { answerOf, connect, type Connection, type WorkerLike } from './connection.ts';
import { failed, tellConsole } from './failed.ts';

/**
 * Every call of the contract. 'ask' has a result, and starts a worker where none runs; 'tell' has none, and there is
 * nothing to do for it where no worker runs.
 */
const calls = {
  probe: 'ask',
  loadModel: 'ask',
  tokenize: 'ask',
  inspectImage: 'ask',
  encodePng: 'ask',
  fillPng: 'ask',
  readPngFiles: 'ask',
  shrinkPicture: 'ask',
  readPngText: 'ask',
  generate: 'ask',
  scorePictures: 'ask',
  scoreCaptions: 'ask',
  inspectEmbedding: 'ask',
  exportEmbedding: 'ask',
  pseudoWords: 'ask',
  fileKind: 'ask',
  fetchFile: 'ask',
  forgetLooks: 'ask',
  storedModels: 'ask',
  deleteModel: 'ask',
  verifyModel: 'ask',
  cancelVerify: 'tell',
  setGuidance: 'tell',
  setPinStrengths: 'tell',
  cancel: 'tell',
} as const satisfies Record<keyof EngineApi, 'ask' | 'tell'>;

/** The engine, and the life of its worker. */
export interface EngineClient extends EngineApi {
  /** Called after a worker has ended; the model it had loaded is gone. @returns what ends that */
  onEnd(listener: () => void): () => void;
  /** Called when a worker says nothing while calls wait for it, and when it speaks again or has ended. */
  onSilence(listener: (isSilent: boolean) => void): void;
  /** Whether no call waits for an answer. */
  isIdle(): boolean;
  /** Ends the worker now. Pending calls end with `error`. */
  terminate(error: ErrorData): void;
}

/**
 * After these only another worker helps: ONNX Runtime stays with the device that it began with, and a model whose files
 * are gone must be loaded again.
 */
const endsWorker: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['device-lost', 'stored-files-gone']);

type Send<T> = (remote: Remote<EngineApi>) => Promise<T>;

/** Starts, restarts and ends one worker. */
class EngineWorker {
  readonly #spawn: () => WorkerLike;
  readonly #listeners = new Set<() => void>();
  readonly #silenceListeners = new Set<(isSilent: boolean) => void>();
  #connection: Connection<EngineApi> | null = null;
  #waiting = 0;

  constructor(spawn: () => WorkerLike) {
    this.#spawn = spawn;
  }

  onEnd(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  onSilence(listener: (isSilent: boolean) => void): void {
    this.#silenceListeners.add(listener);
  }

  isIdle(): boolean {
    return this.#waiting === 0;
  }

  terminate(error: ErrorData): void {
    this.#connection?.kill(error);
  }

  async ask<T>(send: Send<Result<T>>): Promise<Result<T>> {
    const connection = this.#connect();
    this.#waiting += 1;
    try {
      const result = await answerOf(connection, send(connection.remote));
      if (!result.ok) tellConsole(result.error);
      if (!result.ok && endsWorker.has(result.error.code)) connection.kill(result.error);
      return result;
    } catch (thrown) {
      return failed(thrown);
    } finally {
      this.#waiting -= 1;
    }
  }

  async tell(send: Send<void>): Promise<void> {
    if (this.#connection === null) return;
    await answerOf(
      this.#connection,
      send(this.#connection.remote).catch(() => undefined),
    );
  }

  #connect(): Connection<EngineApi> {
    this.#connection ??= connect<EngineApi>(this.#spawn, {
      onDeath: (connection) => {
        if (this.#connection !== connection) return;
        this.#connection = null;
        for (const listener of this.#listeners) listener();
      },
      onSilence: (isSilent) => {
        for (const listener of this.#silenceListeners) listener(isSilent);
      },
    });
    return this.#connection;
  }
}

/** The engine over a worker that `spawn` starts. Functions among the arguments are called back from there. */
export function engineClient(spawn: () => WorkerLike): EngineClient {
  const worker = new EngineWorker(spawn);
  const call = (name: keyof EngineApi, kind: 'ask' | 'tell') => {
    return (...given: readonly unknown[]): Promise<unknown> => {
      const send = (remote: object): Promise<never> => {
        const method = Reflect.get(remote, name) as (...args: readonly unknown[]) => Promise<never>;
        return method(...given.map((value) => (isFunction(value) ? proxy(value) : value)));
      };
      return kind === 'ask' ? worker.ask(send) : worker.tell(send);
    };
  };
  const api: unknown = Object.fromEntries(
    Object.entries(calls).map(([name, kind]) => [name, call(name as keyof EngineApi, kind)]),
  );
  return Object.assign(api as EngineApi, {
    onEnd: (listener: () => void) => worker.onEnd(listener),
    onSilence: (listener: (isSilent: boolean) => void) => {
      worker.onSilence(listener);
    },
    isIdle: () => worker.isIdle(),
    terminate: (error: ErrorData) => {
      worker.terminate(error);
    },
  });
}

function isFunction(value: unknown): value is () => unknown {
  return typeof value === 'function';
}
