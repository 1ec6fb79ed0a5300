import { patience, within } from '../../contract/within.ts';
import { cancelled, throwIfCancelled } from '../sources/http.ts';
import type { StoragePlatform } from './storage-platform.ts';

interface ProgressMessage {
  readonly name: string;
  readonly bytes: number;
  readonly totalBytes: number;
}

/**
 * The worker's own storage manager, locks and channel.
 * @param scope begins the names of locks and of the channel that tells other tabs how far a download is
 */
export function browserStorage(scope: string): StoragePlatform {
  return { ...shared(scope), ...progressOver(new BroadcastChannel(`${scope} progress`)) };
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

function shared(scope: string): Omit<StoragePlatform, 'announce' | 'listen'> {
  const lockName = (name: string): string => `${scope} ${name}`;
  return {
    persisted: () => within(patience.storage, navigator.storage.persisted(), () => false),
    estimate: async () => {
      const { usage, quota } = await within(
        patience.storage,
        navigator.storage.estimate(),
        (): StorageEstimate => ({}),
      );
      return usage === undefined || quota === undefined ? null : { usage, quota };
    },
    withLock: async (name, signal, action) => {
      throwIfCancelled(signal);
      try {
        return await navigator.locks.request(lockName(name), signal === undefined ? {} : { signal }, action);
      } catch (thrown) {
        if (thrown instanceof DOMException && thrown.name === 'AbortError') throw cancelled();
        throw thrown;
      }
    },
    ifFree: (name, action) =>
      navigator.locks.request(lockName(name), { ifAvailable: true }, (lock) =>
        lock === null ? Promise.resolve(null) : action(),
      ),
    holdLock: (name) =>
      new Promise((resolve, reject) => {
        const whole = navigator.locks.request(lockName(name), () => {
          resolve();
          return new Promise<never>(() => undefined);
        });
        whole.catch(reject);
      }),
    now: () => Date.now(),
  };
}
