import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { hasWebGpu } from '../workers/testing/gpu/node-backend.ts';
import { readReferenceJson, readReferenceWeights } from '../workers/testing/reference/reference-case.ts';
import type { GpuResult } from './gpu/print-result.ts';

/** Where the driver lies and how it compiles; see provision/vitest-setup.ts. */
const ofDriver = /^(VK_DRIVER_FILES|LP_NATIVE_VECTOR_WIDTH|MESA_SHADER_CACHE_DIR)$/u;

const narrowing = 10;

/**
 * Names and shapes of a network of two levels, as wide as it becomes tiny again by the narrowing: of all of Stable
 * Diffusion 1.5's, a software adapter compiles the shaders for minutes.
 */
async function writeShapes(path: string): Promise<void> {
  const config = (await readReferenceJson('sd15', 'unet/config.json')) as { readonly block_out_channels: number[] };
  const { table } = await readReferenceWeights('sd15', 'unet/diffusion_pytorch_model.safetensors');
  const wide = (size: number): number => (size % 32 === 0 ? size * narrowing : size);
  const tensors = Object.fromEntries([...table].map(([name, { shape }]) => [name, shape.map(wide)]));
  const changed = { ...config, block_out_channels: config.block_out_channels.map(wide) };
  await writeFile(path, JSON.stringify({ config: changed, tensors }));
}

// On a folder of its own, without a variable of this machine but those of its driver.
describe.runIf(hasWebGpu)('the archive for a machine that has nothing but a driver', () => {
  let place = '';
  let result: GpuResult;
  let told = '';

  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), 'bench-pack-'));
    execFileSync(process.execPath, [join('node_modules', 'tsx', 'dist', 'cli.mjs'), 'bench/pack.ts', '--out', place], {
      stdio: 'inherit',
    });
    const bare = join(place, 'bare');
    execFileSync('mkdir', [bare]);
    execFileSync('tar', ['xf', join(place, 'pinword-bench.tar.xz'), '-C', bare]);
    await rm(join(place, 'pinword-bench'), { recursive: true });
    const named = Object.entries(process.env).flatMap(([name, value]) =>
      ofDriver.test(name) ? [`${name}=${value ?? ''}`] : [],
    );
    expect(existsSync(join(bare, 'pinword-bench/sd15-unet.json'))).toBe(true);
    await writeShapes(join(bare, 'shapes.json'));
    const size = `--narrowing ${narrowing} --edge 8 --steps 1 --matmul 64`;
    const flags = `${size} --shapes shapes.json --json result.json`.split(' ');
    told = execFileSync('env', ['-i', ...named, './pinword-bench/run.sh', ...flags], { cwd: bare, encoding: 'utf8' });
    result = JSON.parse(await readFile(join(bare, 'result.json'), 'utf8')) as GpuResult;
    // Packing alone takes a minute of a core.
  }, 3_600_000);
  afterAll(() => rm(place, { recursive: true, force: true }));

  it('measures everything, and nothing fails', () => {
    expect(result.failures).toEqual([]);
    expect(result.capturedEqualsPlain).toBe(true);
    expect(result.rows.map(({ name, branches }) => `${name}, ${branches}`)).toEqual(
      ['plain', 'captured', 'one full step in 3'].flatMap((name) =>
        [3, 2, 1].map((branches) => `${name}, ${branches}`),
      ),
    );
    for (const { wall, dispatches } of result.rows) {
      expect(wall).toBeGreaterThan(0);
      expect(dispatches).toBeGreaterThan(0);
    }
    expect(result.openMs).toBeGreaterThan(0);
    expect(result.firstStepMs).toBeGreaterThan(0);
    expect(result.peakBytes).toBeGreaterThan(1e6);
    expect(result.matMul.f32).toBeGreaterThan(0);
  });

  it('compares 16 with 32 bits where the adapter has both', () => {
    if (!result.features.includes('shader-f16')) return;
    expect(result.half?.decibels).toBeGreaterThan(20);
    expect(result.matMul.f16).toBeGreaterThan(0);
  });

  it('names kernels and their shares where the adapter tells timestamps', () => {
    if (!result.features.includes('timestamp-query')) return;
    const kernels = result.kernels ?? [];
    expect(kernels.map(({ name }) => name)).toEqual(expect.arrayContaining(['Gemm', 'GroupNormStats']));
    expect(kernels.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
    expect(kernels.reduce((sum, { dispatches }) => sum + dispatches, 0)).toBe(
      Math.min(result.rows[0]?.dispatches ?? 0, 2048),
    );
  });

  it('says what it found', () => {
    expect(told).toContain('Captured equals plain bit for bit: yes.');
    expect(told).toContain('one full step in 3');
    expect(existsSync(join(place, 'bare/pinword-bench/torch_step.py'))).toBe(true);
  });
});
