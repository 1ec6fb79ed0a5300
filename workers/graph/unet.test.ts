import { describe, expect, it } from 'vitest';

import { runSession } from '../runtime/sessions.ts';
import { output, takeFloats } from '../runtime/tensors.ts';
import { nodeBackend, providers } from '../testing/node-backend.ts';
import { entry, relativeError } from '../testing/reference-case.ts';
import { kernelsOf, ReferenceUNet, toTensor } from '../testing/unet-runner.ts';
import { buildUNet } from './unet.ts';

const sizes = [
  [8, 8],
  [12, 20],
  [7, 10],
] as const;

async function predictNoise(unet: ReferenceUNet, [height, width]: readonly [number, number], rows: readonly number[]): Promise<Float32Array> {
  const kernels = kernelsOf(unet.backend);
  const session = await unet.open(buildUNet(unet.config, unet.weights, { kernels, height, width }));
  const latents = toTensor(unet.backend, entry(unet.reference, `${height}x${width}.latents`));
  const results = await runSession(session, { latents, ...(await unet.conditions(rows)) });
  await session.release();
  return takeFloats(output(results, 'noise_prediction'));
}

describe.each(providers)('the UNet on %s', (provider) => {
  describe.each(['sd15', 'v-prediction'] as const)('of the checkpoint %s', (name) => {
    it.each(sizes)('predicts the noise that diffusers predicts, for latents of %i × %i', async (height, width) => {
      const unet = await ReferenceUNet.load(await nodeBackend(provider), name);
      const actual = await predictNoise(unet, [height, width], [0, 1, 2]);
      const expected = entry(unet.reference, `${height}x${width}.noise_prediction`).values;
      expect(relativeError(actual, expected)).toBeLessThan(1e-4);
    });
  });
});
