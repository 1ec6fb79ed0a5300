import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { hasWebGpu, nodeBackend } from '../../testing/gpu/node-backend.ts';
import { relativeError } from '../../testing/reference/reference-case.ts';
import { ReferenceLook } from '../../testing/reference/reference-look.ts';
import { lookingSessions, lookingSize, sampleLooking } from '../../testing/reference/looking-sampler.ts';
import type { LookSource } from '../modules/look-source.ts';
import type { DenoiserSessions } from './denoiser-sessions.ts';

const fused = { alpha: 0.5, guidanceScale: 7.5 };
const words = [[3, 4], [9]] as const;

const boundTo = (reference: ReferenceLook): LookSource =>
  reference.source(
    lookingSize,
    words.map((positions, subject) => ({ subject, photos: 1, positions: { text: positions, unified: positions } })),
    true,
  );
const run = { steps: 5, branches: 'together', guidance: [fused], strengths: [[1, 0.7]] } as const;

describe('steps that look at pictures', () => {
  let reference: ReferenceLook;
  let sessions: DenoiserSessions;
  beforeAll(async () => {
    reference = await ReferenceLook.load(await nodeBackend('wasm'), 'sd15');
    sessions = lookingSessions(reference);
  });
  afterAll(() => sessions.release());

  const bound = (): LookSource => boundTo(reference);

  it.each([
    ['with three branches', [fused]],
    ['with the unified branch telling the words', [{ alpha: 1, guidanceScale: 7.5 }]],
    ['with α moved from 0 over a half to 1', [0, 0, 0.5, 0.5, 1].map((alpha) => ({ alpha, guidanceScale: 7.5 }))],
  ])('are the same with branches one by one, %s', async (_, guidance) => {
    const together = await sampleLooking(reference, sessions, { ...run, guidance, look: bound() });
    const alone = await sampleLooking(reference, sessions, {
      ...run,
      guidance,
      branches: 'one-by-one',
      look: bound(),
    });
    expect(relativeError(alone, together)).toBeLessThan(1e-4);
  });

  it.each([
    ['α is 0', [{ alpha: 0, guidanceScale: 7.5 }], [[1, 0.7]]],
    ['all strengths are 0', [fused], [[0, 0]]],
  ])('are those of the text alone, bit for bit, where %s', async (_, guidance, strengths) => {
    const looked = await sampleLooking(reference, sessions, { ...run, guidance, strengths, look: bound() });
    const plain = await sampleLooking(reference, sessions, { ...run, guidance, strengths, look: null });
    expect(looked).toEqual(plain);
  });

  it('follow a strength that is moved while the picture forms', async () => {
    const moved = [
      [1, 0.7],
      [1, 0.7],
      [1, 0.7],
      [0, 0],
    ];
    const look = bound();
    const looked = await sampleLooking(reference, sessions, { ...run, look });
    const without = await sampleLooking(reference, sessions, { ...run, strengths: moved, look });
    expect(relativeError(without, looked)).toBeGreaterThan(0.01);
  });

  it('of one picture know nothing of the one before', async () => {
    const look = bound();
    const first = await sampleLooking(reference, sessions, { ...run, look });
    expect(await sampleLooking(reference, sessions, { ...run, look })).toEqual(first);
  });
});

describe.runIf(hasWebGpu)('steps that look at pictures on the GPU', () => {
  let reference: ReferenceLook;
  beforeAll(async () => {
    reference = await ReferenceLook.load(await nodeBackend('webgpu'), 'sd15');
  });

  it.each([1, 2])('are the same bit for bit where they are captured, one full in %i', async (reuseInterval) => {
    const sessions = lookingSessions(reference);
    const look = boundTo(reference);
    const plain = await sampleLooking(reference, sessions, { ...run, look, reuseInterval });
    const captured = await sampleLooking(reference, sessions, { ...run, look, reuseInterval, captures: true });
    await sessions.release();
    expect(captured).toEqual(plain);
  });
});
