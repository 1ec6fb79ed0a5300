import { expect, it } from 'vitest';

import { expectedKernels, missingKernels } from './fast-kernels.ts';
import { kernelTimes } from './kernel-times.ts';

it('adds up what each kernel takes, the most expensive first', () => {
  expect(kernelTimes(['Gemm', 'Conv', 'Gemm'], [1, 6, 1])).toEqual([
    { name: 'Conv', dispatches: 1, milliseconds: 6, share: 0.75 },
    { name: 'Gemm', dispatches: 2, milliseconds: 2, share: 0.25 },
  ]);
});

it('knows no names where fewer were told than dispatches were timed', () => {
  expect(kernelTimes(['Gemm'], [1, 1])).toEqual([{ name: 'unknown', dispatches: 2, milliseconds: 2, share: 1 }]);
});

const adapter = (features: readonly string[], configs: readonly object[], software = false) =>
  ({
    software,
    device: { features: new Set(features), adapterInfo: { subgroupMatrixConfigs: configs } },
  }) as unknown as Parameters<typeof expectedKernels>[0];
const intel = { componentType: 'f16', M: 8, N: 16, K: 16 };
const matrices = ['shader-f16', 'chromium-experimental-subgroup-matrix'];

it.each([
  ['a software adapter', adapter(matrices, [intel], true), []],
  ['an adapter without subgroup matrices', adapter(['shader-f16'], [intel]), ['FlashAttention', 'BiasSplitGelu']],
  [
    'one whose matrices have another shape',
    adapter(matrices, [{ ...intel, M: 16 }]),
    ['FlashAttention', 'BiasSplitGelu'],
  ],
  ['one that has them', adapter(matrices, [intel]), ['FlashAttention', 'BiasSplitGelu', 'SubgroupMatrix']],
])('expects of %s the fast kernels that there are for it', (_, gpu, kernels) => {
  const expected = expectedKernels(gpu);
  expect(expected.map(({ kernel }) => kernel)).toEqual(kernels);
  expect(missingKernels(expected, ['FlashAttention', 'BiasSplitGelu', 'SubgroupMatrixGemm'])).toEqual([]);
  expect(missingKernels(expected, ['AttentionProbs'])).toEqual(expected);
});
