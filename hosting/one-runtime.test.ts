import { expect, it } from 'vitest';

import { oneRuntime } from './one-runtime.ts';

type Hook = (source: string, importer?: string) => string | null;

it('leaves out the runtime that transformers.js would bring, and nothing of the app’s', () => {
  const { resolveId, load } = oneRuntime();
  const resolve = resolveId as Hook;
  const library = '/x/node_modules/@huggingface/transformers/dist/transformers.web.js';
  const left = resolve('onnxruntime-web/webgpu', library);
  expect((load as (id: string) => string | null)(left ?? '')).toBe('export {};');
  expect(resolve('onnxruntime-common', library)).toBeNull();
  expect(resolve('onnxruntime-web/webgpu', '/x/workers/runtime/onnx-runtime.ts')).toBeNull();
  expect(resolve('onnxruntime-web/jspi')).toBeNull();
});
