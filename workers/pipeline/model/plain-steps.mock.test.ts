import { describe, expect, it, vi } from 'vitest';

import type { Notice } from '../../api.ts';
import { guidancePresets } from '../../contract/guidance-presets.ts';
import { PinwordError } from '../../errors.ts';
import { capturesSteps } from '../denoising/capture-check.ts';
import type { DenoiserMode } from '../denoising/denoiser-sessions.ts';
import { withFallbacks, type Rescue } from './fallbacks.ts';
import type { LoadedModel } from './loaded-model.ts';
import { openDenoiser } from './open-denoiser.ts';

let helps = true;
vi.mock('../denoising/capture-check.ts', () => ({
  capturesSteps: () => Promise.resolve(helps),
  giveUpCapture: () => {
    helps = false;
  },
}));

const failure = new PinwordError('internal', 'A part of the model could not be run.');
const run = { keeps: false, reuses: false, looks: false, schedule: guidancePresets.paper.schedule } as const;
const size = { height: 8, width: 8 };

/** A model whose denoiser opens as `opens` says. */
function modelWith(opens: (mode: DenoiserMode) => void): { model: LoadedModel; modes: boolean[] } {
  const modes: boolean[] = [];
  helps = true;
  const denoiser = {
    get captures() {
      return modes.at(-1) === true;
    },
    open: (_: unknown, mode: DenoiserMode) => {
      modes.push(mode.captures);
      opens(mode);
      return Promise.resolve({});
    },
  };
  return { model: { backend: {}, plan: { branches: 'together' }, denoiser } as unknown as LoadedModel, modes };
}

function rescueOf(stage: Rescue['stage'], notices: Notice[]): Rescue & { readonly saved: () => number } {
  let saved = 0;
  return {
    stage,
    say: (told) => notices.push(told),
    signal: new AbortController().signal,
    saveResults: () => Promise.resolve(void (saved += 1)),
    saved: () => saved,
  };
}

describe('steps that cannot be captured run plain, and the person is told', () => {
  it('where the session does not open', async () => {
    const notices: Notice[] = [];
    const { model, modes } = modelWith(({ captures }) => {
      if (captures) throw failure;
    });
    await openDenoiser(model, size, run, (told) => notices.push(told));
    expect(modes).toEqual([true, false]);
    expect(notices.map(({ code }) => code)).toEqual(['no-capture']);
    expect(await capturesSteps(model.backend, model.plan, run.schedule)).toBe(false);
  });

  it('where a step fails, from that step on', async () => {
    const notices: Notice[] = [];
    const { model, modes } = modelWith(() => undefined);
    const rescue = rescueOf('denoise', notices);
    await withFallbacks(model, rescue, async () => {
      await openDenoiser(model, size, run, rescue.say);
      if (model.denoiser.captures) throw failure;
    });
    expect(modes).toEqual([true, false]);
    expect(rescue.saved()).toBe(1);
    expect(notices.map(({ code }) => code)).toEqual(['no-capture']);
  });
});

it.each([
  ['denoise', false],
  ['decode', true],
] as const)('what fails in %s, captured: %s, is not tried again', async (stage, captures) => {
  const { model } = modelWith(() => undefined);
  helps = captures;
  await openDenoiser(model, size, run, () => undefined);
  const notices: Notice[] = [];
  await expect(withFallbacks(model, rescueOf(stage, notices), () => Promise.reject(failure))).rejects.toBe(failure);
  expect(notices).toEqual([]);
});
