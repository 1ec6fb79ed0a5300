/** ONNX Runtime is in the built site once: what transformers.js would bring of its own is left out. */
import type { Plugin } from 'vite';

const empty = '\0no-runtime';

/**
 * transformers.js imports a build of ONNX Runtime, and uses the one that the app gives it instead
 * (workers/cut-out/transformers.ts).
 */
export function oneRuntime(): Plugin {
  return {
    name: 'one-runtime',
    enforce: 'pre',
    resolveId: (source, importer) =>
      source.startsWith('onnxruntime-web') && importer?.includes('@huggingface/transformers') === true ? empty : null,
    load: (id) => (id === empty ? 'export {};' : null),
  };
}
