import { afterAll, describe, expect, it, vi } from 'vitest';

import { PinwordError } from '../../errors.ts';
import { numberedPicture } from '../../testing/runs/reference-engine.ts';
import { loadReferenceModel } from '../../testing/runs/reference-runs.ts';
import { exportEmbedding, pseudoWords } from './export-embedding.ts';
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

  const subject = (index: number, image: Blob = numberedPicture(index)) =>
    ({ kind: 'picture', image, hash: String(index), region: null }) as const;

  it('gives the pseudo-word of each, the same as the embedding has, and none of a file that is no picture', async () => {
    encode.mockRejectedValueOnce(new PinwordError('not-an-image', 'This file is not a picture.'));
    const [none, first, second] = await pseudoWords(model, [subject(1), subject(0), subject(1)], new RunControl());
    expect(none).toBeNull();
    expect(first).toHaveLength(model.unifiedEncoder.dimension);
    expect(first).toEqual(await subjectEncoder.encode(subject(0)));
    expect(second).not.toEqual(first);
  });

  it('reads no more once it is cancelled', async () => {
    const control = new RunControl();
    control.cancel();
    const before = encode.mock.calls.length;
    await expect(pseudoWords(model, [subject(0)], control)).rejects.toMatchObject({ code: 'cancelled' });
    expect(encode.mock.calls.length).toBe(before);
  });
});
