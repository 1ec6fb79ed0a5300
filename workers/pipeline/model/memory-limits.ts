import { expectedFreeMemory } from '../../api.ts';
import type { Backend } from '../../runtime/sessions.ts';

/** What the adapter can give. */
export interface MemoryLimits {
  readonly shaderF16: boolean;
  /** Largest buffer that a shader can bind, in bytes. */
  readonly maxBufferSize: number;
  /** Bytes that are expected to be free; WebGPU tells no total, so this is an estimate. */
  readonly budget: number;
}

/** @param browserLimit bytes that the browser lets a page take, whatever the adapter says; Infinity where that is not known */
export function memoryLimits({ gpu }: Backend, browserLimit: number): MemoryLimits {
  if (gpu === null) return { shaderF16: false, maxBufferSize: Infinity, budget: browserLimit };
  const { shaderF16, maxBufferSize } = gpu;
  return { shaderF16, maxBufferSize, budget: Math.min(browserLimit, expectedFreeMemory(maxBufferSize)) };
}
