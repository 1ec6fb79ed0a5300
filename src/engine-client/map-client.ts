/** The window's end of the worker that lays maps out: one for each map, which ends with it. */
import type { ErrorData, MapApi, MapPoint, Result } from '../../workers/api.ts';
import { answerOf, connect, type WorkerLike } from './connection.ts';
import { failed, tellConsole } from './failed.ts';

const died: ErrorData = {
  code: 'internal',
  message: 'The map could not be laid out: its worker stopped unexpectedly. Close other tabs and try again.',
};

export function mapClient(spawn: () => WorkerLike): MapApi {
  return {
    layout: async (vectors) => {
      const connection = connect<MapApi>(spawn, { onDeath: () => undefined, onSilence: null }, died);
      try {
        const answer = connection.remote.layout(vectors) as Promise<Result<readonly MapPoint[]>>;
        const result = await answerOf(connection, answer);
        if (!result.ok) tellConsole(result.error);
        return result;
      } catch (thrown) {
        return failed(thrown);
      } finally {
        connection.kill(died);
      }
    },
  };
}
