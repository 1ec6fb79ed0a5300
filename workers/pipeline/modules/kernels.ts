import type { KernelSet } from '../../graph/onnx/graph-builder.ts';
import type { Backend } from '../../runtime/sessions.ts';

/** The kernels that a backend has. */
export function kernelsOf(backend: Backend): KernelSet {
  if (backend.gpu === null) return 'portable';
  return backend.gpu.software ? 'software-gpu' : 'gpu';
}
