import { proxy, type Remote, wrap } from 'comlink';

/** As workers/weights/storage-worker.ts exposes it; that file belongs to the worker's realm. */
interface StorageWorkerApi {
  load(source: unknown, onProgress: (bytes: number) => void): Promise<unknown>;
  list(): Promise<unknown>;
  verify(id: string): Promise<unknown>;
  remove(id: string): Promise<unknown>;
}

export interface StoragePage {
  /** Starts a load in a worker of its own; its progress is in `bytes`. */
  load(source: unknown): Promise<unknown>;
  /** Ends the worker of the last load at once. */
  killWorker(): void;
  list(): Promise<unknown>;
  verify(id: string): Promise<unknown>;
  remove(id: string): Promise<unknown>;
  /** Source bytes of the running load that are there. */
  bytes: number;
  firstBytes: number | null;
}

declare global {
  interface Window {
    storagePage: StoragePage;
  }
}

let worker: Worker | undefined;

function freshWorker(): Remote<StorageWorkerApi> {
  worker?.terminate();
  worker = new Worker(new URL('../../workers/weights/storage-worker.ts', import.meta.url), { type: 'module' });
  return wrap<StorageWorkerApi>(worker);
}

window.storagePage = {
  bytes: 0,
  firstBytes: null,
  load: async (source) => {
    window.storagePage.bytes = 0;
    window.storagePage.firstBytes = null;
    return freshWorker().load(source, proxy((bytes: number) => {
      window.storagePage.firstBytes ??= bytes;
      window.storagePage.bytes = bytes;
    }));
  },
  killWorker: () => {
    worker?.terminate();
  },
  list: () => freshWorker().list(),
  verify: (id) => freshWorker().verify(id),
  remove: (id) => freshWorker().remove(id),
};
