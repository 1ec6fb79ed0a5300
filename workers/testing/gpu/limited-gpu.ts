/**
 * Counts the bytes of a device's buffers, and lets it run out of memory as a real one does: the buffer that finds no
 * memory is invalid, and the error goes to the innermost scope for it, not to the caller.
 */
export class LimitedGpu {
  /** Bytes of all buffers together. */
  limit = Infinity;
  live = 0;
  peak = 0;
  readonly #scopes: { readonly filter: GPUErrorFilter; shortage: GPUError | null }[] = [];

  constructor(device: GPUDevice) {
    const create = device.createBuffer.bind(device);
    const push = device.pushErrorScope.bind(device);
    const pop = device.popErrorScope.bind(device);
    device.createBuffer = (descriptor) => {
      if (this.live + descriptor.size <= this.limit) return this.#counted(create(descriptor));
      this.#report(`${descriptor.size} bytes were asked for, ${this.limit - this.live} are left`);
      push('validation');
      const invalid = create({ ...descriptor, usage: 0 });
      void pop();
      return invalid;
    };
    device.pushErrorScope = (filter) => {
      this.#scopes.push({ filter, shortage: null });
      push(filter);
    };
    device.popErrorScope = async () => {
      const scope = this.#scopes.pop();
      return (await pop()) ?? scope?.shortage ?? null;
    };
  }

  #counted(buffer: GPUBuffer): GPUBuffer {
    const { size } = buffer;
    const destroy = buffer.destroy.bind(buffer);
    let isLive = true;
    this.live += size;
    this.peak = Math.max(this.peak, this.live);
    buffer.destroy = () => {
      if (isLive) this.live -= size;
      isLive = false;
      destroy();
    };
    return buffer;
  }

  #report(message: string): void {
    const scope = this.#scopes.findLast(({ filter }) => filter === 'out-of-memory');
    if (scope !== undefined) scope.shortage ??= new GPUOutOfMemoryError(message);
  }
}
