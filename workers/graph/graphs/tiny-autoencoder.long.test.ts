import { describe, it } from 'vitest';

import { hasWebGpu } from '../../testing/gpu/node-backend.ts';
import { tinyCases, tinySizes } from '../../testing/reference/tiny-files.ts';
import { expectTiny } from '../../testing/reference/tiny-runs.ts';

const runs = tinyCases.flatMap((name) => tinySizes[name].map((size) => ({ name, size })));

describe.runIf(hasWebGpu).each(['f32', 'f16'] as const)('on WebGPU in %s', (precision) => {
  it.each(runs)('the tiny autoencoder $name decodes to $size and encodes from it as diffusers does', (run) =>
    expectTiny({ provider: 'webgpu', precision, ...run }),
  );
});
