/** What the starter kits say of memory, against the engine's own plan. */
import { expect, it } from 'vitest';

import { starterKits } from '../src/features/models/kits/starter-kits.ts';
import type { MemoryNeeds } from '../workers/pipeline/model/memory-needs.ts';
import { planMemory } from '../workers/pipeline/model/memory-plan.ts';

/** Stable Diffusion 1.x at 512 × 512, on an adapter with flash attention: numbers of weights as diffusers counts them. */
const shared = {
  shallowWeights: 0,
  reuses: false,
  references: 0,
  detailWidth: 0,
  unetChannels: 320,
  writtenHeads: 0,
  vaeChannels: { last: 128, beforeLast: 256 },
  vaeScale: 8,
  tinyChannels: 0,
  decoder: 'full',
  seesSteps: false,
  findsWords: false,
  wordMapHeads: 0,
  height: 64,
  width: 64,
} as const;
/** Text encoder, and the vision tower in the safety checker. */
const encoders = 123.1e6 + 303.9e6;
const vae = 49.5e6;

type Needs = Pick<MemoryNeeds, 'weights' | 'statesOfToken' | 'tokens'>;

/** Keys and values of a token: twice the channels of every cross-attention. */
const needsOf: Readonly<Record<string, Needs>> = {
  // The adapter's tensors count with the network's; its image encoder is read but for the last of 32 layers.
  Photos: {
    weights: { unet: 859.5e6 + 49.1e6, vae, encoders: encoders + 611e6 },
    statesOfToken: 2 * (5 * 320 + 5 * 640 + 6 * 1280),
    tokens: { text: 77, look: 16 },
  },
  'Small and fast': {
    weights: { unet: 482.3e6, vae, encoders },
    statesOfToken: 2 * 3 * (320 + 640 + 1280),
    tokens: { text: 77, look: 0 },
  },
};

const bytesWith = (needs: Needs, budget: number): number =>
  planMemory({ ...shared, ...needs }, { shaderF16: true, maxBufferSize: 2 ** 31, budget }).predictedBytes;

it('the memory of every kit is what the plan predicts, from the least to the fastest', () => {
  const told = starterKits.flatMap(({ name, memory }) => (memory === null ? [] : [[name, memory] as const]));
  expect(told.map(([name]) => name).sort()).toEqual(Object.keys(needsOf).sort());
  for (const [name, memory] of told) {
    const needs = needsOf[name];
    if (needs === undefined) throw new RangeError(`Nothing is known of ${name}.`);
    expect(memory.least / bytesWith(needs, 0), name).toBeCloseTo(1, 1.5);
    expect(memory.most / bytesWith(needs, Infinity), name).toBeCloseTo(1, 1.5);
  }
});
