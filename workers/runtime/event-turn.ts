/** Lets messages in that wait for this thread: the wasm provider never leaves the task that it runs in, so that neither Cancel nor a new α would be heard. */
export function eventTurn(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
