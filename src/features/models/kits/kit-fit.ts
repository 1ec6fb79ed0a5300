import { expectedFreeMemory, formatBytes, type DeviceReport } from '../../../../workers/api.ts';
import type { StarterKit } from './starter-kits.ts';

/** Whether a kit can run here. */
interface KitFit {
  readonly isPossible: boolean;
  /** What it needs of this machine and what that is expected to have, or why it cannot run. */
  readonly text: string;
}

/**
 * @param device null while it is not known
 * @param browserLimit bytes that the browser lets a page take; Infinity where that is not known
 */
export function kitFit(
  { memory }: Pick<StarterKit, 'memory'>,
  device: DeviceReport | null,
  browserLimit: number,
): KitFit {
  if (memory === null) return { isPossible: true, text: 'Runs on every machine.' };
  const webgpu = device?.webgpu;
  if (webgpu === null) return { isPossible: false, text: 'It needs WebGPU, which this browser does not have.' };
  const scale = webgpu === undefined || webgpu.shaderF16 ? 1 : 2;
  const least = scale * memory.least;
  const bits = scale === 2 ? ' in 32 bits' : '';
  const range = `${formatBytes(least)} to ${formatBytes(scale * memory.most)}${bits}.`;
  if (least > browserLimit)
    return { isPossible: false, text: `${range} This browser closes a page near ${formatBytes(browserLimit)}.` };
  if (webgpu === undefined) return { isPossible: true, text: range };
  return { isPossible: true, text: `${range} ${hereText(webgpu, least)}` };
}

function hereText({ software, maxBufferSize }: NonNullable<DeviceReport['webgpu']>, least: number): string {
  if (software) return 'There is no graphics processor here, only an imitation: a picture takes very long.';
  const free = expectedFreeMemory(maxBufferSize);
  const expected = `${formatBytes(free)} are expected to be free here`;
  return least > free ? `Only ${expected}: it may work, slowly.` : `${expected}.`;
}
