import { beforeAll, describe, expect, it } from 'vitest';

import { runSession } from '../../runtime/sessions.ts';
import { output, takeFloats } from '../../runtime/tensors.ts';
import { hasWebGpu, nodeBackend, providers } from '../../testing/gpu/node-backend.ts';
import { entry, relativeError } from '../../testing/reference/reference-case.ts';
import { ReferenceUNet, toFlatTensor } from '../../testing/reference/reference-unet.ts';
import { buildUNet } from './unet.ts';

type Size = readonly [height: number, width: number];

async function predictNoise(
  unet: ReferenceUNet,
  [height, width]: Size,
  rows: readonly number[],
): Promise<Float32Array> {
  const session = await unet.open(buildUNet(unet.config, unet.weights, { kernels: unet.kernels, height, width }));
  const latents = toFlatTensor(unet.backend, entry(unet.reference, `${height}x${width}.latents`));
  const results = await runSession(session, { latents, ...(await unet.conditions(rows)) });
  await session.release();
  return takeFloats(output(results, 'noise_prediction'));
}

// A software GPU compiles its shaders slowly when they are met for the first time.
describe.each(providers)('the UNet on %s', (provider) => {
  describe.each(['sd15', 'v-prediction'] as const)('of the checkpoint %s', (name) => {
    let unet: ReferenceUNet;
    beforeAll(async () => {
      unet = await ReferenceUNet.load(await nodeBackend(provider), name);
    });

    it.each<Size>([
      [8, 8],
      [12, 20],
      [7, 10],
    ])('predicts the noise that diffusers predicts, for latents of %i × %i', async (height, width) => {
      const actual = await predictNoise(unet, [height, width], [0, 1, 2]);
      const expected = entry(unet.reference, `${height}x${width}.noise_prediction`).values;
      expect(relativeError(actual, expected)).toBeLessThan(1e-4);
    });

    it('predicts for each branch what it predicts for that branch alone, in any order', async () => {
      const expected = entry(unet.reference, '8x8.noise_prediction').values;
      const branch = (row: number): Float32Array => expected.subarray(row * 256, (row + 1) * 256);
      const alone = await predictNoise(unet, [8, 8], [1]);
      const swapped = await predictNoise(unet, [8, 8], [2, 0]);
      expect(relativeError(alone, branch(1))).toBeLessThan(1e-4);
      expect(relativeError(swapped.subarray(0, 256), branch(2))).toBeLessThan(1e-4);
      expect(relativeError(swapped.subarray(256), branch(0))).toBeLessThan(1e-4);
    });
  });
});

describe.runIf(hasWebGpu)('the UNet in float16 on webgpu', () => {
  it('predicts within the precision of float16 what diffusers predicts in float32', async () => {
    const unet = await ReferenceUNet.load(await nodeBackend('webgpu'), 'half');
    const actual = await predictNoise(unet, [8, 8], [0, 1, 2]);
    expect(relativeError(actual, entry(unet.reference, '8x8.noise_prediction').values)).toBeLessThan(1e-2);
  });
});
