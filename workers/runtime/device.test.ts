import { afterEach, describe, expect, it, vi } from 'vitest';

import { patience } from '../contract/within.ts';
import { chosenFeatures, requestGpu } from './device.ts';

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it('an adapter that never answers ends in a sentence', async () => {
  vi.useFakeTimers();
  vi.stubGlobal('navigator', { gpu: { requestAdapter: () => new Promise(() => undefined) } });
  const refused = expect(requestGpu()).rejects.toMatchObject({
    code: 'no-adapter',
    message: expect.stringContaining('did not answer') as string,
  });
  await vi.advanceTimersByTimeAsync(patience.gpu);
  await refused;
});

it.each([
  ['Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0', 'use a current Chrome or Edge.'],
  [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/110.0.0.0 Safari/537.36',
    'Chrome, Edge, Firefox or Safari',
  ],
])('%s without WebGPU is told what has it', async (userAgent, words) => {
  vi.stubGlobal('navigator', { userAgent });
  await expect(requestGpu()).rejects.toMatchObject({
    code: 'no-webgpu',
    message: expect.stringContaining(words) as string,
  });
});

describe('features', () => {
  const fast = ['subgroups', 'subgroup-size-control', 'chromium-experimental-subgroup-matrix'];

  it('are all that ONNX Runtime can use', () => {
    const adapter = new Set(['shader-f16', 'timestamp-query', 'texture-compression-bc', ...fast]);
    expect(chosenFeatures(adapter, false)).toEqual(['shader-f16', 'timestamp-query', ...fast]);
  });

  it('are only those that the adapter has', () => {
    expect(chosenFeatures(new Set(['subgroups', 'shader-f16']), false)).toEqual(['shader-f16', 'subgroups']);
    expect(chosenFeatures(new Set(), false)).toEqual([]);
  });

  it('hold nothing of subgroups where the adapter is software', () => {
    expect(chosenFeatures(new Set(['shader-f16', 'timestamp-query', ...fast]), true)).toEqual([
      'shader-f16',
      'timestamp-query',
    ]);
  });
});
