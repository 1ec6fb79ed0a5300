import type { Tensor } from 'onnxruntime-web';

/** Inputs of a graph by name. */
export type Feeds = Readonly<Record<string, Tensor>>;

export function disposeFeeds(feeds: Feeds): void {
  for (const tensor of Object.values(feeds)) tensor.dispose();
}

/** Keys and values, and the zeros that the network takes for their branches. @throws PinwordError 'out-of-memory' | 'device-lost' */
export async function withBranchZeros(states: Feeds, zeros: Promise<Tensor>): Promise<Feeds> {
  try {
    return { ...states, branch_zeros: await zeros };
  } catch (error) {
    disposeFeeds(states);
    throw error;
  }
}

/**
 * What the hidden states of the chosen branches were turned into, kept until other rows are needed or the caption
 * changes. One set of feeds for each run of the network that a step takes.
 */
export class BranchStates {
  #current: { readonly hiddenStates: Tensor; readonly rows: string; readonly feeds: readonly Feeds[] } | null = null;

  get feeds(): readonly Feeds[] {
    return this.#current?.feeds ?? [];
  }

  async keep(hiddenStates: Tensor, rows: readonly number[], make: () => Promise<readonly Feeds[]>): Promise<void> {
    const key = rows.join();
    if (this.#current?.hiddenStates === hiddenStates && this.#current.rows === key) return;
    this.release();
    this.#current = { hiddenStates, rows: key, feeds: await make() };
  }

  release(): void {
    for (const feeds of this.feeds) disposeFeeds(feeds);
    this.#current = null;
  }
}
