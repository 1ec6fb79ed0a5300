import { spawnSync } from 'node:child_process';

import { z } from 'zod';

const schema = z.union([
  z.object({ skipped: z.string() }),
  z.object({
    torch: z.string(),
    device: z.string(),
    dtype: z.string(),
    /** A step, by the number of branches. */
    milliseconds: z.record(z.string(), z.number()),
  }),
]);

type TorchStep = z.output<typeof schema>;

interface TorchOptions {
  /** The file of names and shapes. */
  readonly shapes: string;
  readonly narrowing: number;
  readonly edge: number;
  readonly steps: number;
}

/** run.sh puts libraries before those of the system, which a Python of the system must not find. */
const outerLibraries = 'OUTER_LD_LIBRARY_PATH';

/** What PyTorch takes for the same network on this machine, where there is one: PYTHON names its interpreter. */
export function torchStep(script: string, options: TorchOptions): TorchStep {
  const python = process.env['PYTHON'] ?? 'python3';
  const env = { ...process.env, LD_LIBRARY_PATH: process.env[outerLibraries] ?? '' };
  const asked = spawnSync(python, ['-c', 'import torch'], { env, stdio: 'ignore' });
  if (asked.status !== 0) return { skipped: `${python} has no torch` };
  const flags = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const { stdout, stderr, status } = spawnSync(python, [script, ...flags], { env, encoding: 'utf8' });
  if (status !== 0) return { skipped: `torch failed: ${stderr.trim().split('\n').at(-1) ?? ''}` };
  return schema.parse(JSON.parse(stdout));
}
