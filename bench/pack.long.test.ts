import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { hasWebGpu } from '../workers/testing/gpu/node-backend.ts';
import type { GpuResult } from './gpu/print-result.ts';

/** Where the driver lies and how it compiles; see provision/vitest-setup.ts. */
const ofDriver = /^(VK_DRIVER_FILES|LP_NATIVE_VECTOR_WIDTH|MESA_SHADER_CACHE_DIR)$/u;

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
    const flags = '--narrowing 10 --edge 8 --steps 1 --matmul 64 --json result.json'.split(' ');
    told = execFileSync('env', ['-i', ...named, './pinword-bench/run.sh', ...flags], { cwd: bare, encoding: 'utf8' });
    result = JSON.parse(await readFile(join(bare, 'result.json'), 'utf8')) as GpuResult;
    // Packing alone takes minutes of a core.
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
