import { describe } from 'vitest';

import { hasWebGpu, providers } from '../../testing/gpu/node-backend.ts';
import { isShort, testWholeRuns } from '../../testing/runs/whole-runs.ts';

describe.each(providers)('long runs on %s', (provider) => {
  describe.each(['sd15', 'v-prediction'] as const)('of the checkpoint %s', (name) =>
    testWholeRuns({ name, provider, precision: 'f32', chosen: (run) => !isShort(run) }),
  );
});

describe.runIf(hasWebGpu)('long runs in f16 on webgpu', () =>
  testWholeRuns({ name: 'half', provider: 'webgpu', precision: 'f16', chosen: () => true }),
);
