/**
 * Firefox completes a readback from a timer of 100 milliseconds (bug 1870699), unless something else is submitted
 * meanwhile. An empty submission costs next to nothing, so one is made every few milliseconds while a readback waits.
 */

/** Milliseconds; browsers make 4 of anything less. */
const interval = 4;

type Queue = Pick<GPUQueue, 'submit'>;

/** Whether this browser's readbacks wait for a timer. */
export function readsBackByTimer(userAgent: string): boolean {
  return /\bFirefox\//u.test(userAgent);
}

let nudgedQueue: Queue | null = null;

/** From now on, readbacks of this queue's device are nudged; null ends that. */
export function nudgeReadbacksOf(queue: Queue | null): void {
  nudgedQueue = queue;
}

/** Waits for a readback. */
export async function nudged<T>(readback: Promise<T>): Promise<T> {
  const queue = nudgedQueue;
  if (queue === null) return readback;
  const timer = setInterval(() => {
    queue.submit([]);
  }, interval);
  try {
    return await readback;
  } finally {
    clearInterval(timer);
  }
}
