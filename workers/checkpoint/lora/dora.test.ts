import { expect, it } from 'vitest';

import { loraModule } from '../../testing/files/lora-module.ts';
import { refusal } from '../../testing/reference/weights.ts';
import { planDora } from './dora.ts';
import type { DeltaPlan } from './tensor-change.ts';

const nothing: DeltaPlan = { load: () => Promise.resolve({ addTo: () => undefined }) };
const whole = { scale: 1, strength: 1 };

/** lycoris/functional/general.py adds the type's eps to a norm, peft/tuners/lora/dora.py nothing. */
it.each([
  ['dora_scale', 0.5],
  ['lora_magnitude_vector', 1],
] as const)('a row whose norm is the smallest step beside 1 is brought by %s to %d', async (part, expected) => {
  const module = loraModule({ [part]: [1] }, { values: { [part]: [1] } });
  const values = Float32Array.of(2 ** -23);
  await planDora(module, [1, 1], nothing, whole).apply(values);
  expect(values[0]).toBe(expected);
});

it('norms of peft are of outputs, those of LyCORIS of outputs or inputs', () => {
  const plan = (part: 'dora_scale' | 'lora_magnitude_vector', shape: readonly number[]) => () =>
    planDora(loraModule({ [part]: shape }), [6, 4], nothing, whole);
  for (const fits of [plan('lora_magnitude_vector', [6]), plan('dora_scale', [6, 1]), plan('dora_scale', [1, 4])])
    expect(fits).not.toThrow();
  for (const other of [plan('lora_magnitude_vector', [4]), plan('dora_scale', [1, 6]), plan('dora_scale', [5, 1])])
    expect(refusal(other).message).toContain('does not fit');
});
