import type { KernelSet } from '../graph/graph-builder.ts';
import type { Backend } from '../runtime/sessions.ts';

/** The kernels that a backend has: the fused ones exist on WebGPU only. */
export function kernelsOf(backend: Backend): KernelSet {
  return backend.gpu === null ? 'portable' : 'fused';
}
