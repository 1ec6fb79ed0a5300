import { describe, it } from 'vitest';

import { providers } from '../../testing/gpu/node-backend.ts';
import { unetVariants } from '../../testing/reference/reference-unet.ts';
import { expectBranchesAlone, expectPrediction, expectVariant } from '../../testing/reference/unet-runs.ts';

describe.each(providers)('the UNet on %s', (provider) => {
  it.each([
    ['sd15', 12, 20],
    ['v-prediction', 8, 8],
    ['v-prediction', 12, 20],
    ['v-prediction', 7, 10],
  ] as const)(
    'of the checkpoint %s predicts the noise that diffusers predicts, for latents of %i × %i',
    (name, height, width) => expectPrediction(provider, name, [height, width]),
  );

  it('of the checkpoint v-prediction predicts for each branch what it predicts for that branch alone, in any order', () =>
    expectBranchesAlone(provider, 'v-prediction'));

  it.each(unetVariants)('of another shape predicts what diffusers predicts: %s', (name) =>
    expectVariant(provider, name),
  );
});
