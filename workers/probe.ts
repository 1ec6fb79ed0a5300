import type { DeviceReport } from './api.ts';
import { patience, within } from './contract/within.ts';
import { PinwordError } from './errors.ts';
import type { Gpu } from './runtime/device.ts';

/** Looks at the adapter and the storage. */
export async function probe(gpu: () => Promise<Gpu>): Promise<DeviceReport> {
  const storage = await storageReport();
  try {
    const { adapterName, shaderF16, software, maxBufferSize } = await gpu();
    return { webgpu: { adapter: adapterName, shaderF16, software, maxBufferSize }, reason: null, storage };
  } catch (error) {
    if (error instanceof PinwordError) return { webgpu: null, reason: error.message, storage };
    throw error;
  }
}

async function storageReport(): Promise<DeviceReport['storage']> {
  // Absent where the page is not a secure context.
  if (!('storage' in navigator)) return null;
  const report = async (): Promise<DeviceReport['storage']> => {
    const { usage = 0, quota = 0 } = await navigator.storage.estimate();
    return { usage, quota, persisted: await navigator.storage.persisted() };
  };
  return within(patience.storage, report(), () => null);
}
