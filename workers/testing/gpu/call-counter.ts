/** Counts what is asked of a device: buffers that are made and mapped, error scopes by their filter. */
export class CallCounter {
  readonly #calls = new Map<string, number>();
  #counting = false;

  constructor(device: GPUDevice) {
    this.#count(device, 'createBuffer');
    this.#count(device, 'pushErrorScope', (filter) => `scope for ${String(filter)}`);
    this.#count(GPUBuffer.prototype, 'mapAsync');
  }

  /** Begins to count from zero. */
  reset(): void {
    this.#calls.clear();
    this.#counting = true;
  }

  stop(): void {
    this.#counting = false;
  }

  /** By name. */
  perStep(steps: number): Record<string, number> {
    return Object.fromEntries([...this.#calls].map(([name, calls]) => [name, calls / steps]));
  }

  #count<K extends string>(
    target: Readonly<Record<K, unknown>>,
    name: K,
    nameOf: (input: unknown) => string = () => name,
  ): void {
    const method = target[name];
    if (typeof method !== 'function') throw new TypeError(`${name} is no method.`);
    const calls = this.#calls;
    const isCounting = (): boolean => this.#counting;
    Object.defineProperty(target, name, {
      configurable: true,
      writable: true,
      value(this: unknown, ...inputs: unknown[]): unknown {
        const key = nameOf(inputs[0]);
        if (isCounting()) calls.set(key, (calls.get(key) ?? 0) + 1);
        return Reflect.apply(method, this, inputs) as unknown;
      },
    });
  }
}
