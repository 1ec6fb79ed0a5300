interface Yielding {
  readonly scheduler?: { readonly yield?: () => Promise<void> };
}

/** Ends a piece of long work, so that the page can answer the person before the next. */
export async function breathe(): Promise<void> {
  const { scheduler } = globalThis as Yielding;
  if (scheduler?.yield !== undefined) {
    await scheduler.yield();
    return;
  }
  // Without the least wait that timers have.
  const { port1, port2 } = new MessageChannel();
  await new Promise<void>((resolve) => {
    port1.onmessage = () => {
      resolve();
    };
    port2.postMessage(null);
  });
  port1.close();
}
