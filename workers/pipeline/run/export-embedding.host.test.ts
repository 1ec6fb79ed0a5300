import { afterAll, describe, expect, it, vi } from 'vitest';

import { PinwordError } from '../../errors.ts';
import { numberedPicture } from '../../testing/reference-engine.ts';
import { loadReferenceModel } from '../../testing/reference-runs.ts';
import { exportEmbedding } from './export-embedding.ts';
import { releaseModel } from '../model/loaded-model.ts';
import { RunControl } from './run-control.ts';

describe('making an embedding of a picture', async () => {
  const model = await loadReferenceModel('sd15', 'wasm', { keepEncoders: true, keepBuffers: true });
  const { subjectEncoder } = model;
  if (subjectEncoder === null) throw new RangeError('There is no image encoder.');
  const encode = vi.spyOn(subjectEncoder, 'encode');
  afterAll(() => releaseModel(model));

  const make = (): Promise<Blob> =>
    exportEmbedding(
      model,
      [{ kind: 'picture', image: numberedPicture(0), hash: '0', region: null }],
      '<dog>',
      new RunControl(),
    );

  it('goes on with less memory where it ran out, as a run does', async () => {
    encode.mockRejectedValueOnce(new PinwordError('out-of-memory', 'There was not enough memory.'));
    expect((await make()).size).toBeGreaterThan(4 * model.unifiedEncoder.dimension);
    expect(model.plan.keepBuffers).toBe(false);
  });

  it('keeps nothing on the GPU where encoders and network take turns', async () => {
    model.plan = { ...model.plan, keepEncoders: false };
    const [encoder, network] = [vi.spyOn(subjectEncoder, 'release'), vi.spyOn(model.denoiser, 'release')];
    await make();
    const [encoded] = encode.mock.invocationCallOrder.slice(-1);
    expect(network.mock.invocationCallOrder.some((at) => at < (encoded ?? 0))).toBe(true);
    expect(encoder.mock.invocationCallOrder.some((at) => at > (encoded ?? Infinity))).toBe(true);
  });
});
