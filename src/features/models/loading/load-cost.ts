import { formatBytes, type DeviceReport, type LoadCost } from '../../../../workers/api.ts';

/** Downloads up to this many bytes start unasked: less than a long video costs. */
const smallDownload = 100e6;

/** Whether the plan is predicted to need more GPU memory than is expected to be free. */
export function exceedsBudget({ predictedBytes, budgetBytes }: LoadCost): boolean {
  return budgetBytes !== null && predictedBytes > budgetBytes;
}

/** What a person should know where the graphics processor, or the browser, has no 16-bit numbers; null elsewhere. */
export function precisionText(device: DeviceReport | null): string | null {
  if (device?.webgpu == null || device.webgpu.shaderF16) return null;
  return 'This browser computes in 32 bits only on this graphics processor, which takes twice the memory. Firefox always does; Chrome, Edge and Safari can halve it on most.';
}

/** Whether a load costs so much that the person is asked before it begins. */
export function isCostly(cost: LoadCost): boolean {
  return cost.downloadBytes > smallDownload || exceedsBudget(cost);
}

/** "2.1 GB, kept in this browser" */
export function downloadText({ downloadBytes }: LoadCost, isKept: boolean): string {
  if (downloadBytes === 0) return 'nothing more to download';
  return `${formatBytes(downloadBytes)}, ${isKept ? 'kept in this browser' : 'held in memory, and needed again at the next visit'}`;
}

/** "about 2.9 GB of the 8.6 GB that it is expected to have" */
export function memoryText({ predictedBytes, budgetBytes }: LoadCost): string {
  const needed = `about ${formatBytes(predictedBytes)}`;
  return budgetBytes === null ? needed : `${needed} of the ${formatBytes(budgetBytes)} that are expected to be free`;
}
