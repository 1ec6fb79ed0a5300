import { afterAll, describe, expect, it, vi } from 'vitest';

import type { PictureScores } from '../../api.ts';
import { PinwordError } from '../../errors.ts';
import { numberedPicture } from '../../testing/runs/reference-engine.ts';
import { loadReferenceModel } from '../../testing/runs/reference-runs.ts';
import { releaseModel } from '../model/loaded-model.ts';
import { ClipJudge } from '../modules/clip-judge.ts';
import { RunControl } from '../run/run-control.ts';
import { scorePictures } from './score-pictures.ts';

describe('scoring where memory is short', async () => {
  const model = await loadReferenceModel('sd15', 'wasm', { keepEncoders: true, keepBuffers: true });
  const embed = vi.spyOn(ClipJudge.prototype, 'embedPicture');
  const closed = vi.spyOn(ClipJudge.prototype, 'release');
  const network = vi.spyOn(model.denoiser, 'release');
  afterAll(() => releaseModel(model));

  const score = (): Promise<readonly PictureScores[]> => {
    const image = numberedPicture(0);
    const subject = { kind: 'picture', image, hash: '0', region: null } as const;
    const request = { pictures: [{ image, id: '0' }], subjects: [[subject]], caption: '', textProjection: null };
    return scorePictures(model, request, new RunControl(), () => undefined);
  };
  const lack = new PinwordError('out-of-memory', 'There was not enough memory.');

  it('leaves what runs have open, and closes what it opened', async () => {
    const [scores] = await score();
    expect(scores?.subject).toBeCloseTo(1, 5);
    expect(scores?.caption).toBeNull();
    expect(network).not.toHaveBeenCalled();
    expect(closed).toHaveBeenCalled();
  });

  it('closes everything else and tries once more where it ran out; the plan of runs stays', async () => {
    const { plan } = model;
    embed.mockRejectedValueOnce(lack);
    expect((await score())[0]?.subject).toBeCloseTo(1, 5);
    expect(network).toHaveBeenCalled();
    expect(model.plan).toBe(plan);
  });

  it('gives up after that', async () => {
    embed.mockRejectedValueOnce(lack).mockRejectedValueOnce(lack);
    await expect(score()).rejects.toBe(lack);
  });

  it('makes room beforehand where the second encoders would not fit', async () => {
    const { plan } = model;
    model.plan = { ...plan, keepEncoders: false };
    network.mockClear();
    await score();
    expect(network).toHaveBeenCalled();
    model.plan = plan;
  });
});
