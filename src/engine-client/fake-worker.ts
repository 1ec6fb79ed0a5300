import { expose } from 'comlink';
import type { WorkerLike } from './connection.ts';

const opened: MessagePort[] = [];

/** A worker on a message port that answers with `api`; `fail` is what a crash looks like to the window. */
export function fakeWorker(api: object): { worker: WorkerLike; fail: () => void; terminated: () => boolean } {
  const { port1, port2 } = new MessageChannel();
  opened.push(port1, port2);
  expose(api, port2);
  const target = new EventTarget();
  let terminated = false;
  port1.start();
  port1.addEventListener('message', (event) =>
    target.dispatchEvent(new MessageEvent<unknown>('message', { data: event.data as unknown })),
  );
  const worker: WorkerLike = {
    postMessage: (message: unknown, transfer: Transferable[] = []) => {
      port1.postMessage(message, transfer);
    },
    addEventListener: target.addEventListener.bind(target),
    removeEventListener: target.removeEventListener.bind(target),
    terminate: () => {
      terminated = true;
      port1.close();
    },
  };
  return { worker, fail: () => target.dispatchEvent(new Event('error')), terminated: () => terminated };
}

/** Ends the ports of all that were made. */
export function closeFakeWorkers(): void {
  for (const port of opened.splice(0)) port.close();
}
