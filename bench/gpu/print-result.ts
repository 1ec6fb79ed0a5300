import { printTable } from '../../e2e/support/table.ts';
import type { Precision } from '../../workers/contract/memory.ts';
import type { kernelTimes } from './kernel-times.ts';
import type { Row } from './measure-steps.ts';
import type { torchStep } from './torch-step.ts';

/** All that is measured; null where it could not be. */
export interface GpuResult {
  readonly adapter: string;
  readonly features: readonly string[];
  readonly precision: Precision;
  readonly narrowing: number;
  /** Of the latents. */
  readonly edge: number;
  readonly steps: number;
  /** Until the session is there, with its weights. */
  readonly openMs: number | null;
  readonly firstStepMs: number | null;
  /** Of all buffers of the steps together. */
  readonly peakBytes: number;
  readonly capturedEqualsPlain: boolean | null;
  /** Latents of a step in 16 bits against those in 32; null where the adapter has no 16 bits. */
  readonly half: { readonly narrowing: number; readonly decibels: number | null } | null;
  /** Billions of multiplications and additions a second. */
  readonly matMul: { readonly edge: number; readonly f32: number | null; readonly f16: number | null };
  readonly fastKernels: readonly { readonly kernel: string; readonly isTaken: boolean | null }[];
  readonly kernels: ReturnType<typeof kernelTimes> | null;
  readonly rows: readonly Row[];
  readonly torch: ReturnType<typeof torchStep>;
  readonly failures: readonly string[];
}

const shownKernels = 12;

const fixed = (value: number | null, digits = 1): string => value?.toFixed(digits) ?? '–';
const seconds = (milliseconds: number | null): string =>
  `${milliseconds === null ? '–' : fixed(milliseconds / 1000)} s`;
const yes = (value: boolean | null): string => (value === null ? '–' : value ? 'yes' : 'no');

export function printResult(result: GpuResult): void {
  const { narrowing, edge, precision, half, matMul, fastKernels } = result;
  const width = narrowing === 1 ? '' : ` with a ${narrowing}th of its channels`;
  for (const line of [
    `UNet of Stable Diffusion 1.5${width}, ${edge * 8}² pixels, ${precision}: opened in ${seconds(result.openMs)}, first step ${seconds(result.firstStepMs)}, at most ${(result.peakBytes / 1e9).toFixed(2)} GB.`,
    `Captured equals plain bit for bit: ${yes(result.capturedEqualsPlain)}. 16 against 32 bits${half === null ? '' : `, at a ${half.narrowing}th of the channels`}: ${fixed(half?.decibels ?? null, 0)} dB.`,
    `Products of ${matMul.edge} × ${matMul.edge}: ${fixed(matMul.f16, 0)} GFLOP/s in 16 bits, ${fixed(matMul.f32, 0)} in 32.`,
    `Fast kernels: ${fastKernels.length === 0 ? 'none for this adapter' : fastKernels.map(({ kernel, isTaken }) => `${kernel} ${yes(isTaken)}`).join(', ')}.`,
  ])
    console.log(line);
  printSteps(result);
  printKernels(result);
  for (const failure of result.failures) console.log(`FAILED ${failure}`);
}

function printSteps({ rows, torch }: GpuResult): void {
  printTable(
    ['', 'branches', 'ms a step', 'spread', 'CPU ms a step', 'dispatches', 'clears'],
    [
      ...rows.map((row) => [
        row.name,
        String(row.branches),
        fixed(row.wall),
        `${(100 * row.spread).toFixed(0)} %`,
        fixed(row.cpu),
        row.dispatches.toFixed(0),
        row.clears.toFixed(0),
      ]),
      ...('skipped' in torch
        ? []
        : Object.entries(torch.milliseconds).map(([branches, milliseconds]) => [
            `PyTorch ${torch.torch}, ${torch.dtype}, ${torch.device}`,
            branches,
            fixed(milliseconds),
            '',
            '',
            '',
            '',
          ])),
    ],
  );
  if ('skipped' in torch) console.log(`No PyTorch beside it: ${torch.skipped}.`);
}

function printKernels({ kernels }: GpuResult): void {
  if (kernels === null) {
    console.log('Shares of kernels: this adapter tells no timestamps.');
    return;
  }
  printTable(
    ['kernel', 'dispatches', 'ms', 'share'],
    kernels
      .slice(0, shownKernels)
      .map(({ name, dispatches, milliseconds, share }) => [
        name,
        String(dispatches),
        fixed(milliseconds, 2),
        `${(100 * share).toFixed(1)} %`,
      ]),
  );
}
