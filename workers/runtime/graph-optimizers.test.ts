import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { expect, it } from 'vitest';

import { unusedOptimizers } from './graph-optimizers.ts';

// A name that the runtime does not know is passed over without a word.
it.each(['asyncify', 'jspi'])('names only passes that the pinned runtime has, build %s', (build) => {
  const path = createRequire(import.meta.url).resolve(`onnxruntime-web/ort-wasm-simd-threaded.${build}.wasm`);
  const runtime = readFileSync(path);
  expect(unusedOptimizers.filter((name) => !runtime.includes(name))).toEqual([]);
  expect(runtime.includes('optimization.disable_specified_optimizers')).toBe(true);
});
