import { cancelled, throwIfCancelled } from '../sources/http.ts';
import type { StoragePlatform } from './storage-platform.ts';

/** Tells other tabs how far a download is. */
const progressChannel = 'pinword:progress';

interface ProgressMessage {
  readonly name: string;
  readonly bytes: number;
  readonly totalBytes: number;
}

/** The worker's own storage manager, locks and channel. */
export function browserStorage(): StoragePlatform {
  return { ...shared, ...progressOver(new BroadcastChannel(progressChannel)) };
}

function progressOver(channel: BroadcastChannel): Pick<StoragePlatform, 'announce' | 'listen'> {
  return {
    announce: (name, bytes, totalBytes) => {
      const message: ProgressMessage = { name, bytes, totalBytes };
      channel.postMessage(message);
    },
    listen: (name, onProgress) => {
      const hear = ({ data }: MessageEvent<ProgressMessage>) => {
        if (data.name === name) onProgress(data.bytes, data.totalBytes);
      };
      channel.addEventListener('message', hear);
      return () => {
        channel.removeEventListener('message', hear);
      };
    },
  };
}

const shared: Omit<StoragePlatform, 'announce' | 'listen'> = {
  persisted: () => navigator.storage.persisted(),
  estimate: async () => {
    const { usage, quota } = await navigator.storage.estimate();
    return usage === undefined || quota === undefined ? null : { usage, quota };
  },
  withLock: async (name, signal, action) => {
    throwIfCancelled(signal);
    try {
      return await navigator.locks.request(name, signal === undefined ? {} : { signal }, action);
    } catch (thrown) {
      if (thrown instanceof DOMException && thrown.name === 'AbortError') throw cancelled();
      throw thrown;
    }
  },
  ifFree: (name, action) =>
    navigator.locks.request(name, { ifAvailable: true }, (lock) => (lock === null ? Promise.resolve(null) : action())),
  holdLock: (name) =>
    new Promise((resolve, reject) => {
      const whole = navigator.locks.request(name, () => {
        resolve();
        return new Promise<never>(() => undefined);
      });
      whole.catch(reject);
    }),
  now: () => Date.now(),
};
