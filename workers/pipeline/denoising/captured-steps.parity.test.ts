import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { parseUNetConfig } from '../../graph/config/unet-config.ts';
import type { Backend } from '../../runtime/sessions.ts';
import { hasWebGpu, nodeBackend } from '../../testing/gpu/node-backend.ts';
import { readReferenceJson, readReferenceWeights } from '../../testing/reference/reference-case.ts';
import { stepper, type Stepper } from '../../testing/gpu/stepper.ts';
import { captureVerdict, tryCapture } from './capture-check.ts';

describe.runIf(hasWebGpu)('captured steps', () => {
  let backend: Backend;
  let plain: Stepper;
  let captured: Stepper;

  beforeAll(async () => {
    backend = await nodeBackend('webgpu');
    const weights = await readReferenceWeights('sd15', 'unet/diffusion_pytorch_model.safetensors');
    const config = parseUNetConfig(await readReferenceJson('sd15', 'unet/config.json'));
    const unet = { config, weights, file: { path: weights.location, data: weights.bytes } };
    const mode = { branches: 'together', keeps: false, reuses: true, looks: false } as const;
    plain = await stepper(backend, unet, { height: 8, width: 8 }, { ...mode, captures: false });
    captured = await stepper(backend, unet, { height: 8, width: 8 }, { ...mode, captures: true });
  });

  afterAll(async () => {
    await plain.release();
    await captured.release();
  });

  it.each([
    [3, 5, 1],
    [3, 5, 2],
    [1, 4, 1],
    [2, 6, 3],
    [3, 3, 1],
  ] as const)(
    'are the plain ones bit for bit: %i branches, %i steps, one full in %i',
    async (branches, steps, interval) => {
      const expected = await plain.run(branches, steps, interval);
      expect(await captured.run(branches, steps, interval)).toEqual(expected);
    },
  );

  it('are right where they are tried out, and not taken on a software adapter', async () => {
    expect(await tryCapture(backend)).not.toBe('wrong');
    expect(await captureVerdict(backend)).toBe('no-help');
  });
});
