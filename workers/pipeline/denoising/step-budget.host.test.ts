import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import type { UNetConfig } from '../../graph/config/unet-config.ts';
import { lookGrids } from '../../graph/modules/look-grids.ts';
import { lookLayers } from '../../graph/modules/look-names.ts';
import type { Backend } from '../../runtime/sessions.ts';
import { drawnAdapter, drawnUNet } from '../../testing/gpu/drawn-unet.ts';
import { commandsBetween, countGpuCommands, type GpuCommands } from '../../testing/gpu/gpu-commands.ts';
import { nodeBackend } from '../../testing/gpu/node-backend.ts';
import { stepper, tokens, type Stepper } from '../../testing/gpu/stepper.ts';
import type { LoadedPart } from '../modules/loaded-part.ts';
import { LookSource } from '../modules/look-source.ts';
import { PinnedWords } from '../modules/pinned-words.ts';

const steps = 2;

/** What one later step records. */
async function ofOneStep(step: Stepper, branches: 1 | 2 | 3, reuseInterval = 1): Promise<GpuCommands> {
  await step.run(branches, steps, reuseInterval);
  const before = countGpuCommands();
  await step.run(branches, steps, reuseInterval);
  return commandsBetween(before, countGpuCommands(), 1 / steps);
}

// The null device counts without computing. Channels are a fifth of the real ones, so that heads divide by 8 as the real
// ones do.
describe('a step of Stable Diffusion 1.5 at 512 × 512 in 16 bits', () => {
  let backend: Backend;
  let unet: LoadedPart<UNetConfig>;
  let step: Stepper;
  beforeAll(async () => {
    backend = await nodeBackend('webgpu');
    unet = await drawnUNet({ narrowing: 5, precision: 'f16' });
    step = await stepper(
      backend,
      unet,
      { height: 64, width: 64 },
      { branches: 'together', keeps: false, reuses: true, captures: false, looks: false },
    );
  });
  afterAll(() => step.release());

  it.each([3, 2, 1] as const)('stays within its budget of commands, with %i branches', async (branches) => {
    const { dispatches, clears, copies, submits } = await ofOneStep(step, branches);
    expect(dispatches).toBeLessThanOrEqual(500);
    expect(clears).toBeLessThanOrEqual(580);
    // What comes of the timestep, the preview that is read back, and the latents at the end of the two steps.
    expect(copies).toBeLessThanOrEqual(24);
    expect(submits).toBeLessThanOrEqual(40);
  });

  it('replays what was captured: nothing is cleared, and only inputs and outputs are copied', async () => {
    const mode = { branches: 'together', keeps: false, reuses: false, captures: true, looks: false } as const;
    const captured = await stepper(backend, unet, { height: 64, width: 64 }, mode);
    const { dispatches, clears, copies } = await ofOneStep(captured, 3);
    await captured.release();
    expect(dispatches).toBeLessThanOrEqual(500);
    expect(clears).toBe(0);
    expect(copies).toBeLessThanOrEqual(54);
  });

  it('takes up to five more for each cross-attention that looks at a picture', async () => {
    const size = { height: 64, width: 64 };
    const grids = lookGrids(unet.config, size);
    const [dimension = 0] = unet.config.cross_attention_dim;
    const layers = lookLayers(unet.config);
    const source = new LookSource(backend, {
      subjects: [{ tokens: new Float32Array(16 * dimension), layerWeights: layers.map(() => 1) }],
      words: new PinnedWords({
        words: [
          {
            pin: 0,
            voices: ['look'],
            positions: { text: [2], unified: [2] },
            areaAt: ({ height, width }) => new Float32Array(height * width).fill(1),
          },
        ],
        grid: grids.wordMap,
        textPositions: tokens,
        isBound: true,
      }),
      negative: new Float32Array(16 * dimension),
      dimension,
      layers: layers.map(({ index }) => index),
      grids,
    });
    const mode = { branches: 'together', keeps: false, reuses: false, captures: false, looks: 'one' } as const;
    const looking = await stepper(backend, unet, size, mode, { adapter: drawnAdapter(unet, 'f16'), source });
    const { dispatches } = await ofOneStep(looking, 3);
    await looking.release();
    const plain = (await ofOneStep(step, 3)).dispatches;
    expect(dispatches).toBeGreaterThan(plain);
    expect(dispatches - plain).toBeLessThanOrEqual(5 * layers.length);
  });

  it('takes a small part of them where it reuses deep features', async () => {
    const { dispatches } = await ofOneStep(step, 3);
    const half = await ofOneStep(step, 3, 2);
    const shallow = 2 * half.dispatches - dispatches;
    expect(shallow).toBeLessThanOrEqual(60);
  });
});
