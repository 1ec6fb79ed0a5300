import { describe, expect, it } from 'vitest';
import { formatsTensors } from '../../testing/reference/formats-reference.ts';
import { TorchGenerator } from './noise.ts';

const reference = await formatsTensors('noise.safetensors');
const sequence = [3, 16, 1, 20, 5, 2, 64, 4, 33, 1, 1];

function largestDifference(actual: Float32Array, expected: Float32Array): number {
  expect(actual.length).toBe(expected.length);
  return actual.reduce((worst, value, i) => Math.max(worst, Math.abs(value - (expected[i] ?? Number.NaN))), 0);
}

describe('TorchGenerator', () => {
  it.each([...reference.keys()].filter((key) => !key.endsWith('sequence')))(
    'draws torch.randn for seed/size %s',
    (key) => {
      const [seed, size] = key.split('/').map(Number);
      const actual = new TorchGenerator(seed ?? -1).randn(size ?? -1);
      expect(largestDifference(actual, reference.get(key) ?? new Float32Array())).toBeLessThan(2e-6);
    },
  );

  it.each([...reference.keys()].filter((key) => key.endsWith('sequence')))(
    'goes on as torch does over several calls: %s',
    (key) => {
      const generator = new TorchGenerator(Number(key.split('/')[0]));
      const actual = Float32Array.from(sequence.flatMap((size) => [...generator.randn(size)]));
      expect(largestDifference(actual, reference.get(key) ?? new Float32Array())).toBeLessThan(2e-6);
    },
  );

  it.each([-1, 0.5, 2 ** 32, Number.NaN])('refuses the seed %s', (seed) => {
    expect(() => new TorchGenerator(seed)).toThrow(expect.objectContaining({ code: 'setting-out-of-range' }));
  });
});
