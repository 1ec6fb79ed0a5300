import { expect, it } from 'vitest';

import { loraModule } from '../../testing/files/lora-module.ts';
import { planOrthogonal } from './orthogonal.ts';

/** (1 + 3J)(1 − 3J)⁻¹ = (1 + 3J)² / 10 where J² = −1; LyCORIS multiplies by its transpose. */
it('OFT without a constraint, or with one of zero, rotates as far as its blocks say', async () => {
  const oft_blocks = [0, 3, 0, 0];
  for (const module of [
    loraModule({ oft_blocks: [1, 2, 2] }, { values: { oft_blocks } }),
    loraModule({ oft_blocks: [1, 2, 2], alpha: [] }, { values: { oft_blocks, alpha: [0] } }),
  ]) {
    const values = Float32Array.of(1, 2);
    await planOrthogonal(module, [2, 1], 1).apply(values);
    expect([...values].map((value) => Math.round(value * 1e6) / 1e6)).toEqual([-2, -1]);
  }
});
