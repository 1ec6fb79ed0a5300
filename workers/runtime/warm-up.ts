import { exclusively } from './exclusively.ts';
import { loadOnnxRuntime } from './onnx-runtime.ts';

/**
 * Fetches and compiles the runtime's wasm ahead of the first model: ONNX Runtime does so only when a session opens.
 * @param graph of any kind; it is not run
 */
export async function warmUpRuntime(graph: Uint8Array): Promise<void> {
  const ort = await loadOnnxRuntime();
  const session = await exclusively(() => ort.InferenceSession.create(graph, { executionProviders: ['wasm'] }));
  await exclusively(() => session.release());
}
