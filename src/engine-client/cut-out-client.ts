/**
 * The window's end of the worker that cuts subjects out. It starts at the first call, and ends when nothing was asked of
 * it for a while, when it is stopped, or when it falls silent: its memory is given back then.
 */
import { proxy } from 'comlink';
import {
  patience,
  type CutOutApi,
  type CutOutProgress,
  type CutOutResult,
  type ErrorData,
  type Result,
} from '../../workers/api.ts';
import { answerOf, connect, type Connection, type WorkerLike } from './connection.ts';
import { failed, tellConsole } from './failed.ts';

export interface CutOutClient extends CutOutApi {
  /** Ends what is going on; it ends as cancelled. */
  stop(): void;
}

/** Milliseconds without a question after which the worker ends. */
const idle = 60_000;

const silent: ErrorData = {
  code: 'internal',
  message: 'Cutting out took too long and was stopped. Close other tabs and try again, or crop the picture instead.',
};
const stopped: ErrorData = { code: 'cancelled', message: 'Cutting out was stopped.' };
const died: ErrorData = {
  code: 'internal',
  message: 'Cutting out stopped unexpectedly, perhaps for want of memory. Close other tabs and try again.',
};

export function cutOutClient(spawn: () => WorkerLike): CutOutClient {
  let connection: Connection<CutOutApi> | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** @param end what those who wait are told; nobody waits for an idle worker */
  const endAfter = (milliseconds: number, end: ErrorData): void => {
    clearTimeout(timer);
    timer = setTimeout(() => connection?.kill(end), milliseconds);
  };
  const connected = (): Connection<CutOutApi> =>
    (connection ??= connect<CutOutApi>(
      spawn,
      {
        onDeath: () => {
          connection = null;
          clearTimeout(timer);
        },
        onSilence: null,
      },
      died,
    ));

  return {
    cutOut: async (request, onProgress) => {
      const current = connected();
      endAfter(patience.cutOut, silent);
      const listen = (progress: CutOutProgress): void => {
        endAfter(patience.cutOut, silent);
        onProgress(progress);
      };
      try {
        const answer = current.remote.cutOut(request, proxy(listen)) as Promise<Result<CutOutResult>>;
        return told(await answerOf(current, answer));
      } catch (thrown) {
        return failed(thrown);
      } finally {
        if (connection === current) endAfter(idle, stopped);
      }
    },
    stop: () => connection?.kill(stopped),
  };
}

function told<T>(result: Result<T>): Result<T> {
  if (!result.ok) tellConsole(result.error);
  return result;
}
