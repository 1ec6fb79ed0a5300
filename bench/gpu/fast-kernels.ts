import type { Gpu } from '../../workers/runtime/device.ts';

/** A shape of small matrices that an adapter multiplies at once, as Dawn tells it. */
interface MatrixConfig {
  readonly componentType: string;
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

/** What a kernel is expected for, and how ONNX Runtime's names for it begin. */
interface Expected {
  readonly what: string;
  readonly kernel: string;
}

const subgroupMatrix = 'chromium-experimental-subgroup-matrix';

/** The fast kernels that ONNX Runtime has for an adapter like this one. */
export function expectedKernels(gpu: Pick<Gpu, 'software' | 'device'>): readonly Expected[] {
  if (gpu.software) return [];
  const features: ReadonlySet<string> = gpu.device.features;
  const hasMatrices =
    features.has(subgroupMatrix) && features.has('shader-f16') && matrixConfigs(gpu.device).some(fits);
  return [
    { what: 'attention without written scores', kernel: 'FlashAttention' },
    { what: 'fused feed-forward', kernel: 'BiasSplitGelu' },
    ...(hasMatrices ? [{ what: 'products on subgroup matrices', kernel: 'SubgroupMatrix' }] : []),
  ];
}

/** The one shape that its products are written for. */
function fits({ componentType, M, N, K }: MatrixConfig): boolean {
  return componentType === 'f16' && M === 8 && N === 16 && K === 16;
}

/** The types of the standard do not know them yet. */
function matrixConfigs({ adapterInfo }: GPUDevice): readonly MatrixConfig[] {
  return (adapterInfo as unknown as { subgroupMatrixConfigs?: readonly MatrixConfig[] }).subgroupMatrixConfigs ?? [];
}

/** Those that were expected and not dispatched. @param names of all dispatches */
export function missingKernels(expected: readonly Expected[], names: readonly string[]): readonly Expected[] {
  return expected.filter(({ kernel }) => !names.some((name) => name.startsWith(kernel)));
}
