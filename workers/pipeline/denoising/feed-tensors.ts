import { OwnedTensor } from '../../runtime/owned-tensor.ts';
import type { Feeds } from '../../runtime/run-into.ts';
import type { Backend } from '../../runtime/sessions.ts';
import type { HostFeed, HostFeeds } from '../modules/conditions.ts';

/** Tensors for inputs that are written again and again: made when first written, and again where the dims change. */
export class FeedTensors {
  readonly #backend: Backend;
  readonly #tensors = new Map<string, OwnedTensor>();
  /** What each holds, as the object that it was given. */
  readonly #written = new Map<string, HostFeed['values']>();

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** @throws PinwordError 'out-of-memory' | 'device-lost' */
  async write(feeds: HostFeeds): Promise<void> {
    for (const [name, feed] of Object.entries(feeds)) {
      const tensor = await this.#tensorFor(name, feed);
      if (this.#written.get(name) === feed.values) continue;
      tensor.write(feed.values);
      this.#written.set(name, feed.values);
    }
  }

  get feeds(): Feeds {
    return Object.fromEntries([...this.#tensors].map(([name, { tensor }]) => [name, tensor]));
  }

  dispose(): void {
    for (const tensor of this.#tensors.values()) tensor.dispose();
    this.#tensors.clear();
    this.#written.clear();
  }

  async #tensorFor(name: string, { dims }: HostFeed): Promise<OwnedTensor> {
    const known = this.#tensors.get(name);
    if (known?.tensor.dims.join() === dims.join()) return known;
    const made = await OwnedTensor.create(this.#backend, dims);
    known?.dispose();
    this.#written.delete(name);
    this.#tensors.set(name, made);
    return made;
  }
}
