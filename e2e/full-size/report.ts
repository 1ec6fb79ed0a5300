import { printTable } from '../support/table.ts';
import type { Allocations } from './instrument.ts';
import { lookPart } from './look.ts';

/** Of page and worker while loading, array buffers included. */
const maxHeapBytes = 700e6;
/** As in the tests of small checkpoints: ten times the rounding of each precision, and far from any wrong picture. */
const leastPsnr = { f32: 45, f16: 35 } as const;

export type Precision = keyof typeof leastPsnr;

/** What was measured of one thing that the page did. */
export interface Phase {
  readonly name: string;
  readonly seconds: number;
  /** Of page and worker: JS heap and array buffers; see MemoryWatch. */
  readonly heapBytes: number;
  /** Of the whole renderer process since it started; null where it cannot be told. */
  readonly residentBytes: number | null;
  readonly allocations: Allocations;
  readonly sentBytes: number;
}

/** Prints what a look costs a step. @returns whether that is as little as it must be */
export async function reportLook(): Promise<boolean> {
  const { part, isSmall } = await lookPart();
  console.log(
    `operations that a look adds to a step of Stable Diffusion 1.5 at 512 × 512: ${(100 * part).toFixed(2)} %, at most 3 %: ${isSmall ? 'yes' : 'NO'}`,
  );
  return isSmall;
}

export const gigabytes = (bytes: number): string => (bytes / 1e9).toFixed(3);

/**
 * Prints what was measured, and whether picture and heap are as they must be.
 * @param psnr null where there is nothing to compare with
 */
export function reportPhases(phases: readonly Phase[], psnr: number | null, precision: Precision): boolean {
  printTable(
    [
      'phase',
      'seconds',
      'fetched GB',
      'JS heap GB',
      'renderer GB',
      'wasm heap GB',
      'GPU peak GB',
      'GPU after GB',
      'largest buffer GB',
    ],
    phases.map(
      ({
        name,
        seconds,
        heapBytes,
        residentBytes,
        allocations: { wasmBytes, gpuPeakBytes, gpuBytes, largestGpuBuffer },
        sentBytes,
      }) => [
        name,
        seconds.toFixed(0),
        ...[sentBytes, heapBytes, residentBytes ?? NaN, wasmBytes, gpuPeakBytes, gpuBytes, largestGpuBuffer].map(
          gigabytes,
        ),
      ],
    ),
  );
  const suspends = phases.every(({ allocations: { suspendsWasm } }) => suspendsWasm);
  const peak = Math.max(...phases.map(({ heapBytes }) => heapBytes));
  const enough = psnr === null || psnr >= leastPsnr[precision];
  const small = !suspends || peak < maxHeapBytes;
  if (psnr !== null)
    console.log(
      `picture against diffusers: ${psnr.toFixed(1)} dB in ${precision}, at least ${leastPsnr[precision]} dB: ${enough ? 'yes' : 'NO'}`,
    );
  console.log(
    `JS heap of page and worker at most ${gigabytes(peak)} GB${suspends ? `, under ${gigabytes(maxHeapBytes)} GB: ${small ? 'yes' : 'NO'}` : ' (this browser cannot suspend wasm)'}`,
  );
  return enough && small;
}
