import { expect, it, vi } from 'vitest';

import { loadOnnxRuntime } from './onnx-runtime.ts';

const imports = vi.hoisted(() => ({ failures: 1, done: 0 }));

function importRuntime(): { env: { wasm: object } } {
  if (imports.failures-- > 0) throw new Error('The network is away.');
  imports.done += 1;
  return { env: { wasm: {} } };
}

vi.mock('onnxruntime-web/jspi', importRuntime);
vi.mock('onnxruntime-web/webgpu', importRuntime);

it('ONNX Runtime is loaded again after that failed, and then once', async () => {
  await expect(loadOnnxRuntime()).rejects.toThrow();
  const [first, second] = [await loadOnnxRuntime(), await loadOnnxRuntime()];
  expect(first).toBe(second);
  expect(first.env.wasm.numThreads).toBe(1);
  expect(imports.done).toBe(1);
});
