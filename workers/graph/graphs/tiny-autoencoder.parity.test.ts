import { it } from 'vitest';

import { hasWebGpu } from '../../testing/gpu/node-backend.ts';
import { tinyCases, tinySizes } from '../../testing/reference/tiny-files.ts';
import { expectTiny } from '../../testing/reference/tiny-runs.ts';

const runs = tinyCases.flatMap((name) => tinySizes[name].map((size) => ({ name, size })));

it.each(runs)('the tiny autoencoder $name decodes to $size and encodes from it as diffusers does', (run) =>
  expectTiny({ provider: 'wasm', ...run }),
);

// The others on WebGPU are in tiny-autoencoder.long.test.ts.
it.runIf(hasWebGpu).each(['f32', 'f16'] as const)(
  'the published tiny autoencoder is diffusers’ on WebGPU in %s',
  (precision) => expectTiny({ provider: 'webgpu', name: 'published', size: '3x6', precision }),
);
