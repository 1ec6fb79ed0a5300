/** ONNX Runtime's wasm build runs one create or run at a time, and error scopes nest; calls queue here. */
let queue: Promise<unknown> = Promise.resolve();

/** Runs a task after all that were given before it have ended. */
export function exclusively<T>(task: () => Promise<T>): Promise<T> {
  const result = queue.then(task);
  queue = result.catch(() => undefined);
  return result;
}
