/** What was recorded for the GPU, in calls and bytes. */
export interface GpuCommands {
  readonly dispatches: number;
  readonly clears: number;
  readonly clearedBytes: number;
  /** From buffer to buffer. */
  readonly copies: number;
  readonly copiedBytes: number;
  readonly submits: number;
}

const counted = { dispatches: 0, clears: 0, clearedBytes: 0, copies: 0, copiedBytes: 0, submits: 0 };
let counting = false;

/** Recorded so far by this process; nothing where there is no WebGPU. Counting begins at the first call. */
export function countGpuCommands(): GpuCommands {
  if (!counting && 'GPUComputePassEncoder' in globalThis) begin();
  return { ...counted };
}

/** What was recorded between two counts. @param share of it, e.g. that of one step */
export function commandsBetween(before: GpuCommands, after: GpuCommands, share = 1): GpuCommands {
  const difference = (key: keyof GpuCommands): number => (after[key] - before[key]) * share;
  return {
    dispatches: difference('dispatches'),
    clears: difference('clears'),
    clearedBytes: difference('clearedBytes'),
    copies: difference('copies'),
    copiedBytes: difference('copiedBytes'),
    submits: difference('submits'),
  };
}

function begin(): void {
  counting = true;
  onCall(GPUComputePassEncoder.prototype, 'dispatchWorkgroups', () => {
    counted.dispatches += 1;
  });
  onCall(GPUComputePassEncoder.prototype, 'dispatchWorkgroupsIndirect', () => {
    counted.dispatches += 1;
  });
  onCall(GPUCommandEncoder.prototype, 'clearBuffer', ([buffer, offset, size]) => {
    counted.clears += 1;
    counted.clearedBytes += Number(size ?? sizeOf(buffer) - Number(offset ?? 0));
  });
  onCall(GPUCommandEncoder.prototype, 'copyBufferToBuffer', (inputs) => {
    counted.copies += 1;
    counted.copiedBytes += Number(inputs.length < 5 ? (inputs[2] ?? sizeOf(inputs[0])) : inputs[4]);
  });
  onCall(GPUQueue.prototype, 'submit', () => {
    counted.submits += 1;
  });
}

function sizeOf(buffer: unknown): number {
  return buffer instanceof GPUBuffer ? buffer.size : 0;
}

function onCall<K extends string>(
  target: Readonly<Record<K, unknown>>,
  name: K,
  count: (inputs: readonly unknown[]) => void,
): void {
  const method = target[name];
  if (typeof method !== 'function') throw new TypeError(`${name} is no method.`);
  Object.defineProperty(target, name, {
    configurable: true,
    writable: true,
    value(this: unknown, ...inputs: unknown[]): unknown {
      count(inputs);
      return Reflect.apply(method, this, inputs);
    },
  });
}
