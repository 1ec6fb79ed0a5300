import { describe, expect, it } from 'vitest';

import { guidanceScaleEmbedding } from '../../pipeline/denoising/timestep-embedding.ts';
import { runSession } from '../../runtime/sessions.ts';
import { output, takeFloats } from '../../runtime/tensors.ts';
import { nodeBackend, providers } from '../../testing/gpu/node-backend.ts';
import { entry, readReferenceTensors, relativeError } from '../../testing/reference/reference-case.ts';
import { ReferenceUNet, toFlatTensor, unetVariants } from '../../testing/reference/reference-unet.ts';
import { buildUNet } from './unet.ts';

describe.each(providers)('a UNet of another shape on %s', (provider) => {
  it.each(unetVariants)('predicts what diffusers predicts: %s', async (name) => {
    const unet = await ReferenceUNet.loadVariant(await nodeBackend(provider), name);
    for (const [height, width] of [
      [8, 8],
      [7, 10],
    ] as const) {
      const session = await unet.open(buildUNet(unet.config, unet.weights, { kernels: unet.kernels, height, width }));
      const latents = toFlatTensor(unet.backend, entry(unet.reference, `${height}x${width}.latents`));
      const results = await runSession(session, { latents, ...(await unet.conditions([0, 1])) });
      const expected = entry(unet.reference, `${height}x${width}.noise_prediction`).values;
      expect(relativeError(await takeFloats(output(results, 'noise_prediction')), expected)).toBeLessThan(1e-4);
      await session.release();
    }
  });
});

it('the guidance scale is embedded as StableDiffusionPipeline embeds it', async () => {
  const reference = await readReferenceTensors('unet-variants', 'guidance-embedding.reference.safetensors');
  const { values } = entry(reference, 'timestep_cond');
  expect(relativeError(guidanceScaleEmbedding(7.5, values.length), values)).toBeLessThan(1e-5);
});
