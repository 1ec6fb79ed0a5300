import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { CallCounter } from '../../testing/gpu/call-counter.ts';
import { countGpuCommands } from '../../testing/gpu/gpu-commands.ts';
import { nodeBackend } from '../../testing/gpu/node-backend.ts';
import { ReferenceLook } from '../../testing/reference/reference-look.ts';
import { lookingSessions, lookingSize, sampleLooking } from '../../testing/reference/looking-sampler.ts';
import type { LookSource } from '../modules/look-source.ts';
import type { DenoiserMode, DenoiserSessions } from './denoiser-sessions.ts';

let reference: ReferenceLook;
let sessions: DenoiserSessions;
beforeAll(async () => {
  reference = await ReferenceLook.load(await nodeBackend('webgpu'), 'sd15');
  sessions = lookingSessions(reference);
});
afterAll(() => sessions.release());

const bound = (): LookSource => {
  const positions = { text: [3], unified: [3] };
  return reference.source(lookingSize, [{ subject: 0, photos: 1, positions }], true);
};

interface Counted {
  readonly calls: Readonly<Record<string, number>>;
  readonly dispatches: number;
}

/** Between the reports of two later steps, per step. The strength moves at each. */
async function countSteps(branches: DenoiserMode['branches'], look: LookSource | null): Promise<Counted> {
  const { gpu } = reference.unet.backend;
  if (gpu === null) throw new RangeError('There is no GPU.');
  const counter = new CallCounter(gpu.device);
  let dispatches = 0;
  await sampleLooking(reference, sessions, {
    steps: 12,
    branches,
    look,
    guidance: [{ alpha: 0.5, guidanceScale: 7.5 }],
    strengths: Array.from({ length: 12 }, (_, step) => [0.5 + step / 24]),
    onStep: (step) => {
      if (step === 4) {
        counter.reset();
        dispatches = countGpuCommands().dispatches;
      }
      if (step === 11) {
        counter.stop();
        dispatches = countGpuCommands().dispatches - dispatches;
      }
    },
  });
  return { calls: counter.perStep(7), dispatches: dispatches / 7 };
}

describe('a later step that looks at a picture', () => {
  // ONNX Runtime opens a scope for validation in each of its runs.
  it.each([
    ['together', { mapAsync: 1, 'scope for validation': 1 }],
    ['one-by-one', { mapAsync: 1, 'scope for validation': 4 }],
  ] as const)('makes no buffer and asks for no scope of memory, branches %s', async (branches, expected) => {
    expect((await countSteps(branches, bound())).calls).toEqual(expected);
  });

  it('adds few dispatches to each cross-attention', async () => {
    const plain = await countSteps('together', null);
    const looking = await countSteps('together', bound());
    expect(looking.dispatches).toBeGreaterThan(plain.dispatches);
    expect(looking.dispatches - plain.dispatches).toBeLessThanOrEqual(3 * reference.layerCount + 26);
  });
});
