/**
 * What a step of Stable Diffusion 1.5's UNet at 512 × 512 costs the host, plain and captured: CPU time of all threads and
 * commands a step on Dawn's null device, which takes every call and computes nothing. Channels are a fifth of the real
 * ones, which changes no command.
 *
 * npx tsx bench/host-time.ts [--steps 20]
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { printTable } from '../e2e/support/table.ts';
import { adapterVariable, nullAdapter } from '../provision/vulkan-driver.ts';
import { referenceData } from '../workers/testing/reference/folder-files.ts';

const { values } = parseArgs({ options: { steps: { type: 'string', default: '20' } } });
process.env[adapterVariable] = nullAdapter;
// Which adapter there is, these read as they load.
const { nodeBackend } = await import('../workers/testing/gpu/node-backend.ts');
const { measureSteps, setups } = await import('./gpu/measure-steps.ts');

const backend = await nodeBackend('webgpu');
const options = {
  shapes: join(referenceData, 'shapes/sd15-unet.json'),
  narrowing: 5,
  edge: 64,
  steps: Number(values.steps),
};
const rows = [];
for (const setup of [setups.plain, setups.captured]) {
  const measured = await measureSteps(backend, 'f16', setup, options);
  rows.push(...measured.rows);
}
printTable(
  ['', 'branches', 'CPU ms a step', 'wall ms a step', 'dispatches', 'clears'],
  rows.map(({ name, branches, cpu, wall, dispatches, clears }) => [
    name,
    String(branches),
    cpu.toFixed(1),
    wall.toFixed(1),
    String(Math.round(dispatches)),
    String(Math.round(clears)),
  ]),
);
process.exit(0);
