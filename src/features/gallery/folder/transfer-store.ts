/** Pictures on their way out of the page or into it: one way at a time. */
import { createStore } from 'zustand/vanilla';
import { toast } from '../../../ui/toast.ts';

/** How a transfer is stopped, and how it tells how far it is. */
export interface Control {
  readonly signal: AbortSignal;
  readonly onProgress: (done: number, total: number) => void;
}

interface Transfer {
  /** "Saving pictures" */
  readonly text: string;
  readonly done: number;
  /** 0 until it is known. */
  readonly total: number;
  readonly cancel: () => void;
}

export const transferStore = createStore<{ readonly transfer: Transfer | null }>(() => ({ transfer: null }));

const { getState, setState } = transferStore;

/** Runs a transfer, unless another one runs, which is said. */
export async function runTransfer(text: string, run: (control: Control) => Promise<void>): Promise<void> {
  if (getState().transfer !== null) {
    toast('Other pictures are on their way. Wait until they have arrived, or cancel that in “All pictures”.');
    return;
  }
  const controller = new AbortController();
  const cancel = (): void => {
    controller.abort();
  };
  setState({ transfer: { text, done: 0, total: 0, cancel } });
  try {
    await run({
      signal: controller.signal,
      onProgress: (done, total) => {
        setState({ transfer: { text, done, total, cancel } });
      },
    });
  } finally {
    setState({ transfer: null });
  }
}
