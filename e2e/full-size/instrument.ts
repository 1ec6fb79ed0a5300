import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import type { Page } from '@playwright/test';

/** What the engine's worker asks of the GPU, and allocates outside the JS heap, in bytes; see instrument(). */
export interface Allocations {
  readonly gpuBytes: number;
  readonly gpuPeakBytes: number;
  readonly largestGpuBuffer: number;
  readonly wasmBytes: number;
  readonly suspendsWasm: boolean;
  /** Dispatches until each of the latest buffers was read back, which a step does once, with its preview. */
  readonly dispatches: readonly number[];
}

/** Source text that counts GPU buffers and wasm memories from the first line of the worker on, which it precedes. */
function instrumentation(): string {
  // The runner that compiles this file wraps functions for the sake of their names.
  return `{ const __name = (value) => value; (${instrument.toString()})(); }\n`;
}

/** Runs in the worker. Leaves a function that gives Allocations at globalThis.allocations. */
function instrument(): void {
  const sizes = new Map<GPUBuffer, number>();
  const memories = new Set<WebAssembly.Memory>();
  let gpuBytes = 0;
  let gpuPeakBytes = 0;
  let largestGpuBuffer = 0;
  const createBuffer = Reflect.get<GPUDevice, 'createBuffer'>(GPUDevice.prototype, 'createBuffer');
  GPUDevice.prototype.createBuffer = function counted(descriptor) {
    const buffer = createBuffer.call(this, descriptor);
    sizes.set(buffer, descriptor.size);
    gpuBytes += descriptor.size;
    gpuPeakBytes = Math.max(gpuPeakBytes, gpuBytes);
    largestGpuBuffer = Math.max(largestGpuBuffer, descriptor.size);
    return buffer;
  };
  const dispatches = new Array<number>();
  let dispatched = 0;
  for (const name of ['dispatchWorkgroups', 'dispatchWorkgroupsIndirect'] as const) {
    const dispatch = Reflect.get(GPUComputePassEncoder.prototype, name) as (...inputs: unknown[]) => void;
    Reflect.set(GPUComputePassEncoder.prototype, name, function counted(this: unknown, ...inputs: unknown[]) {
      dispatched += 1;
      Reflect.apply(dispatch, this, inputs);
    });
  }
  const mapAsync = Reflect.get<GPUBuffer, 'mapAsync'>(GPUBuffer.prototype, 'mapAsync');
  GPUBuffer.prototype.mapAsync = function counted(...inputs) {
    dispatches.push(dispatched);
    if (dispatches.length > 100) dispatches.shift();
    return mapAsync.apply(this, inputs);
  };
  const destroy = Reflect.get<GPUBuffer, 'destroy'>(GPUBuffer.prototype, 'destroy');
  GPUBuffer.prototype.destroy = function counted() {
    gpuBytes -= sizes.get(this) ?? 0;
    sizes.delete(this);
    destroy.call(this);
  };
  WebAssembly.Memory = new Proxy(WebAssembly.Memory, {
    construct: (Memory, [descriptor]: [WebAssembly.MemoryDescriptor]) => {
      const memory = new Memory(descriptor);
      memories.add(memory);
      return memory;
    },
  });
  Reflect.set(globalThis, 'allocations', () => ({
    gpuBytes,
    gpuPeakBytes,
    largestGpuBuffer,
    wasmBytes: [...memories].reduce((sum, { buffer }) => sum + buffer.byteLength, 0),
    suspendsWasm: 'Suspending' in WebAssembly,
    dispatches,
  }));
}

/** A copy of the built site whose worker counts what it allocates. @returns its folder */
export async function instrumentedSite(folder: string): Promise<string> {
  await rm(folder, { recursive: true, force: true });
  await cp('dist', folder, { recursive: true });
  const assets = join(folder, 'assets');
  for (const name of await readdir(assets)) {
    if (/^worker-.*\.js$/.test(name)) {
      await writeFile(join(assets, name), instrumentation() + (await readFile(join(assets, name), 'utf8')));
      // A host would send what was compressed before.
      for (const ending of ['br', 'gz']) await rm(join(assets, `${name}.${ending}`), { force: true });
    }
  }
  return folder;
}

/** What the engine's worker of an instrumented page has allocated. @throws Error where there is none */
export async function allocations(page: Page): Promise<Allocations> {
  // Other workers may have begun after the engine's.
  for (const worker of page.workers())
    if (await worker.evaluate(() => Reflect.has(globalThis, 'allocations')))
      return worker.evaluate(() => (Reflect.get(globalThis, 'allocations') as () => Allocations)());
  throw new Error('The engine has no worker.');
}
