import { proxy, type Remote, wrap } from 'comlink';

import type { StorageWorkerApi } from '../../workers/testing/storage/storage-worker-api.ts';

export interface StoragePage extends Pick<StorageWorkerApi, 'list' | 'verify' | 'remove'> {
  /** Starts a load in a worker of its own; its progress is in `bytes`. */
  load(source: Parameters<StorageWorkerApi['load']>[0]): ReturnType<StorageWorkerApi['load']>;
  /** Ends the worker of the last load at once. */
  killWorker(): void;
  /** Source bytes of the running load that are there. */
  bytes: number;
}

declare global {
  interface Window {
    storagePage: StoragePage;
  }
}

let worker: Worker | undefined;

function freshWorker(): Remote<StorageWorkerApi> {
  worker?.terminate();
  worker = new Worker(new URL('../../workers/testing/storage/storage-worker.ts', import.meta.url), { type: 'module' });
  return wrap<StorageWorkerApi>(worker);
}

window.storagePage = {
  bytes: 0,
  load: async (source) => {
    window.storagePage.bytes = 0;
    return freshWorker().load(
      source,
      proxy((bytes: number) => {
        window.storagePage.bytes = bytes;
      }),
    );
  },
  killWorker: () => {
    worker?.terminate();
  },
  list: () => freshWorker().list(),
  verify: (id) => freshWorker().verify(id),
  remove: (id) => freshWorker().remove(id),
};
