import { afterEach, expect, it, vi } from 'vitest';

import { patience } from '../contract/within.ts';
import { requestGpu } from './device.ts';

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
