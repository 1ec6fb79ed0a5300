import { patience, within } from '../contract/within.ts';
import { PinwordError } from '../errors.ts';
import { DeviceLoss } from './device-loss.ts';
import { mendShadersOf } from './mended-shaders.ts';
import { nudgeReadbacksOf, readsBackByTimer } from './nudge-readbacks.ts';

/** A GPU device and what matters of its adapter. */
export interface Gpu {
  readonly device: GPUDevice;
  readonly loss: DeviceLoss;
  readonly adapterName: string;
  readonly software: boolean;
  readonly shaderF16: boolean;
  readonly maxBufferSize: number;
  /**
   * 'simple' keeps the buffers of a run for the next one; 'lazyRelease' gives them back while it runs, for about half of
   * the memory. ONNX Runtime looks at it when a session opens while no other is open.
   */
  bufferCache: 'simple' | 'lazyRelease';
}

/** What ONNX Runtime uses where a device has it. It looks at the device that it is given, and asks for nothing itself. */
const usefulFeatures = ['shader-f16', 'timestamp-query'] as const;
/** Its fast products and attention; the last needs the two before it. */
const subgroupFeatures = ['subgroups', 'subgroup-size-control', 'chromium-experimental-subgroup-matrix'] as const;

/**
 * The features to ask for, of those that an adapter has. ONNX Runtime's attention gives wrong results with the subgroups
 * of software adapters (SwiftShader, llvmpipe), so they are asked for none.
 */
export function chosenFeatures(features: ReadonlySet<string>, isSoftware: boolean): GPUFeatureName[] {
  const wanted = isSoftware ? usefulFeatures : [...usefulFeatures, ...subgroupFeatures];
  // The experimental one has no place in the types of the standard.
  return wanted.filter((feature) => features.has(feature)) as GPUFeatureName[];
}

/**
 * Requests a device with the adapter's own limits. A device that we own outlives the sessions that use it.
 * @throws PinwordError 'no-webgpu' | 'no-adapter'
 */
export function requestGpu(): Promise<Gpu> {
  return within(patience.gpu, openGpu(), () => {
    throw new PinwordError(
      'no-adapter',
      'The graphics processor did not answer. Reload the page; if this repeats, restart the browser or update the graphics driver.',
    );
  });
}

async function openGpu(): Promise<Gpu> {
  const adapter = await requestAdapter();
  const software = isSoftware(adapter.info);
  const requiredFeatures = chosenFeatures(adapter.features, software);
  const device = await adapter
    .requestDevice({ requiredFeatures, requiredLimits: ownLimits(adapter.limits) })
    .catch((cause: unknown) => {
      throw new PinwordError('no-adapter', noDevice, { cause });
    });
  mendShadersOf(device);
  nudgeReadbacksOf(readsBackByTimer(navigator.userAgent) ? device.queue : null);
  return {
    device,
    loss: new DeviceLoss(device),
    adapterName: adapterName(adapter.info),
    software: software || adapter.info.isFallbackAdapter,
    shaderF16: device.features.has('shader-f16'),
    maxBufferSize: Math.min(adapter.limits.maxBufferSize, adapter.limits.maxStorageBufferBindingSize),
    bufferCache: 'simple',
  };
}

const noDevice =
  'The graphics processor could not be opened. Close other tabs and programs that use it, or restart the browser.';

/** Not every system's Firefox has it: whoever uses a current one there is not helped by another. */
function withoutWebGpu(userAgent: string): string {
  return /\bFirefox\//u.test(userAgent)
    ? 'Firefox has WebGPU on Windows and on Macs with Apple silicon, from version 145 on. Elsewhere, use a current Chrome or Edge.'
    : 'This browser has no WebGPU. Use a current Chrome, Edge, Firefox or Safari.';
}

async function requestAdapter(): Promise<GPUAdapter> {
  const gpu = 'gpu' in navigator ? (navigator.gpu as GPU | undefined) : undefined;
  if (gpu === undefined) {
    throw new PinwordError('no-webgpu', withoutWebGpu(navigator.userAgent));
  }
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (adapter === null) {
    throw new PinwordError(
      'no-adapter',
      'This browser has WebGPU but found no usable GPU. Update the graphics driver, or switch hardware acceleration on in the browser settings.',
    );
  }
  return adapter;
}

const limitNames = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupsPerDimension',
] as const;

function ownLimits(limits: GPUSupportedLimits): Record<string, number> {
  return Object.fromEntries(limitNames.map((name) => [name, limits[name]]));
}

function isSoftware(info: GPUAdapterInfo): boolean {
  return /swiftshader|llvmpipe/i.test(`${info.vendor} ${info.architecture} ${info.device} ${info.description}`);
}

function adapterName(info: GPUAdapterInfo): string {
  const parts = [info.vendor, info.architecture, info.description].filter((part) => part !== '');
  return parts.length > 0 ? parts.join(' ') : 'unnamed GPU';
}
