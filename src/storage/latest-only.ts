/**
 * Turns a slow asynchronous sink into one that can be called at any rate: one call at a time, and of the values
 * that arrive meanwhile only the last is delivered. Used for saving state and for moving α while a picture forms.
 */
export function latestOnly<T>(deliver: (value: T) => Promise<unknown>): (value: T) => void {
  let busy = false;
  let waiting: { readonly value: T } | null = null;

  async function drain(first: T): Promise<void> {
    busy = true;
    let next: { readonly value: T } | null = { value: first };
    while (next !== null) {
      waiting = null;
      // A failed delivery must not stop the later ones; the sink reports its own failures.
      await deliver(next.value).catch(() => undefined);
      next = waiting;
    }
    busy = false;
  }

  return (value) => {
    if (busy) waiting = { value };
    else void drain(value);
  };
}
