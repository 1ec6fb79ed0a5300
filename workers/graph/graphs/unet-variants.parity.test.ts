import { expect, it } from 'vitest';

import { guidanceScaleEmbedding } from '../../pipeline/denoising/timestep-embedding.ts';
import { entry, readReferenceTensors, relativeError } from '../../testing/reference/reference-case.ts';
import { unetVariants } from '../../testing/reference/reference-unet.ts';
import { expectVariant } from '../../testing/reference/unet-runs.ts';

// On WebGPU in unet.long.test.ts: its kernels are those of the network in unet.parity.test.ts.
it.each(unetVariants)('a UNet of another shape predicts what diffusers predicts: %s', (name) =>
  expectVariant('wasm', name),
);

it('the guidance scale is embedded as StableDiffusionPipeline embeds it', async () => {
  const reference = await readReferenceTensors('unet-variants', 'guidance-embedding.reference.safetensors');
  const { values } = entry(reference, 'timestep_cond');
  expect(relativeError(guidanceScaleEmbedding(7.5, values.length), values)).toBeLessThan(1e-5);
});
