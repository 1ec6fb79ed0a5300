import { describe, it } from 'vitest';

import { hasWebGpu, providers } from '../../testing/gpu/node-backend.ts';
import { expectBranchesAlone, expectPrediction } from '../../testing/reference/unet-runs.ts';

// Other sizes and the other checkpoint on WebGPU are in unet.long.test.ts.
describe.each(providers)('the UNet on %s', (provider) => {
  it.each([
    [8, 8],
    [7, 10],
  ])('predicts the noise that diffusers predicts, for latents of %i × %i', (height, width) =>
    expectPrediction(provider, 'sd15', [height, width]),
  );

  it('predicts for each branch what it predicts for that branch alone, in any order', () =>
    expectBranchesAlone(provider, 'sd15'));
});

it('the UNet of the checkpoint v-prediction predicts the noise that diffusers predicts', () =>
  expectPrediction('wasm', 'v-prediction', [8, 8]));

it.runIf(hasWebGpu)('the UNet in float16 predicts within its precision what diffusers predicts in float32', () =>
  expectPrediction('webgpu', 'half', [8, 8], 1e-2),
);
