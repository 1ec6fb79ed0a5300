import { expect, it } from 'vitest';

import { loraModule } from '../../testing/files/lora-module.ts';
import { planPeftIa3 } from './rescaling.ts';

it('IA³ of peft over the outputs multiplies each number of the bias by its own factor', async () => {
  const module = loraModule({ ia3_l: [3, 1] }, { values: { ia3_l: [2, 3, 4] } });
  const bias = Float32Array.of(1, 10, 100);
  await planPeftIa3(module, [3, 2], 1).bias?.apply(bias);
  expect([...bias]).toEqual([2, 30, 400]);
});
