import { expect } from 'vitest';

import type { Provider } from '../gpu/node-backend.ts';
import { nodeBackend } from '../gpu/node-backend.ts';
import { relativeError, type ReferenceCase } from './reference-case.ts';
import { ReferenceUNet, type UNetVariant } from './reference-unet.ts';

type Size = readonly [height: number, width: number];

/** The network of a checkpoint predicts what diffusers predicts. @param floor the error that its precision may have */
export async function expectPrediction(
  provider: Provider,
  name: ReferenceCase,
  size: Size,
  floor = 1e-4,
): Promise<void> {
  const unet = await ReferenceUNet.load(await nodeBackend(provider), name);
  expect(relativeError(await unet.predict(size, [0, 1, 2]), unet.expected(size))).toBeLessThan(floor);
  await unet.release();
}

/** It predicts for each branch what it predicts for that branch alone, in any order. */
export async function expectBranchesAlone(provider: Provider, name: ReferenceCase): Promise<void> {
  const unet = await ReferenceUNet.load(await nodeBackend(provider), name);
  const branch = (row: number): Float32Array => unet.expected([8, 8]).subarray(row * 256, (row + 1) * 256);
  const alone = await unet.predict([8, 8], [1]);
  const swapped = await unet.predict([8, 8], [2, 0]);
  await unet.release();
  expect(relativeError(alone, branch(1))).toBeLessThan(1e-4);
  expect(relativeError(swapped.subarray(0, 256), branch(2))).toBeLessThan(1e-4);
  expect(relativeError(swapped.subarray(256), branch(0))).toBeLessThan(1e-4);
}

/** A network of another shape predicts what diffusers predicts. */
export async function expectVariant(provider: Provider, name: UNetVariant): Promise<void> {
  const unet = await ReferenceUNet.loadVariant(await nodeBackend(provider), name);
  for (const size of [
    [8, 8],
    [7, 10],
  ] as const)
    expect(relativeError(await unet.predict(size, [0, 1]), unet.expected(size))).toBeLessThan(1e-4);
  await unet.release();
}
