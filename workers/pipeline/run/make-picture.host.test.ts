import { afterAll, describe, expect, it, vi } from 'vitest';

import type { GenerateEvent } from '../../api.ts';
import { PinwordError } from '../../errors.ts';
import { plainRequest } from '../../testing/runs/reference-engine.ts';
import { loadReferenceModel } from '../../testing/runs/reference-runs.ts';
import { generatePictures } from './generate.ts';
import { releaseModel } from '../model/loaded-model.ts';
import { RunControl } from './run-control.ts';

describe('a finished picture whose safety check fails', async () => {
  const model = await loadReferenceModel('sd15', 'wasm', { keepEncoders: false, keepBuffers: false });
  const { safetyChecker } = model;
  if (safetyChecker === null) throw new RangeError('There is no safety checker.');
  const flags = vi.spyOn(safetyChecker, 'flags');
  afterAll(() => releaseModel(model));

  async function generate(): Promise<GenerateEvent[]> {
    const events: GenerateEvent[] = [];
    const request = {
      ...plainRequest,
      caption: 'a dog',
      alpha: 0,
      guidanceScale: 1,
      steps: 1,
      width: 64,
      height: 64,
      checkResult: true,
    };
    await generatePictures(model, request, new RunControl(), (event) => events.push(event));
    return events;
  }

  it('is given all the same, with the reason why it is unchecked', async () => {
    flags.mockRejectedValueOnce(new PinwordError('out-of-memory', 'There was not enough memory.'));
    const events = await generate();
    expect(events.at(-1)).toMatchObject({ type: 'picture', picture: { index: 0, flagged: null } });
    expect(events.flatMap((event) => (event.type === 'notice' ? [event.notice] : []))).toEqual([
      {
        code: 'unchecked',
        message: 'This picture is shown unchecked, because the safety checker failed. There was not enough memory.',
      },
    ]);
  });

  it('leaves no checker on the GPU where encoders take turns', async () => {
    flags.mockRejectedValueOnce(new Error('The graph could not be run.'));
    const release = vi.spyOn(safetyChecker, 'release');
    const before = release.mock.calls.length;
    await generate();
    expect(release.mock.invocationCallOrder.at(-1)).toBeGreaterThan(flags.mock.invocationCallOrder.at(-1) ?? Infinity);
    expect(release.mock.calls.length).toBeGreaterThan(before);
  });

  it('is not given where the run was cancelled meanwhile', async () => {
    flags.mockRejectedValueOnce(new PinwordError('cancelled', 'Cancelled.'));
    await expect(generate()).rejects.toMatchObject({ code: 'cancelled' });
  });
});
