/** Milliseconds that things may take which a browser may never answer. */
export const patience = {
  /** Databases, folders and quotas of the browser. */
  storage: 3_000,
  /** A file that another tab may hold. */
  fileHandle: 10_000,
  gpu: 10_000,
  /** From a request to the headers of its answer, or from one piece of a body to the next. */
  network: 60_000,
  /** A network that cuts out, on a slow processor, from one sign of life to the next. */
  cutOut: 180_000,
} as const;

/**
 * The outcome of a promise, or where it takes longer, that of `late`.
 * @param late gives what counts instead, or throws
 */
export async function within<T>(milliseconds: number, promise: Promise<T>, late: () => T): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const silence = new Promise<T>((resolve, reject) => {
    timer = setTimeout(() => {
      try {
        resolve(late());
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    }, milliseconds);
  });
  try {
    return await Promise.race([promise, silence]);
  } finally {
    clearTimeout(timer);
  }
}
