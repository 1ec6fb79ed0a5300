import { afterEach, expect, it, vi } from 'vitest';

import type { Precision } from '../../contract/memory.ts';
import type { Notice } from '../../api.ts';
import { loadReferenceModel } from '../../testing/runs/reference-runs.ts';
import { withFallbacks } from '../model/fallbacks.ts';
import { releaseModel, type LoadedModel } from '../model/loaded-model.ts';
import { NonFiniteError, moduleNames } from '../modules/non-finite-error.ts';
import { RunControl } from './run-control.ts';

const model: LoadedModel = await loadReferenceModel('sd15', 'wasm');
afterEach(() => releaseModel(model));

it.each(['unifiedEncoder', 'subjectEncoder', 'denoiser', 'vaeDecoder', 'safetyChecker'] as const)(
  'weights that are fetched again for an overflow of the %s are told before, and Cancel ends it',
  async (part) => {
    const before = model[part];
    if (before === null) throw new RangeError(`There is no ${part}.`);
    vi.spyOn<{ readonly precision: Precision }, 'precision'>(before, 'precision', 'get').mockReturnValue('f16');
    const control = new RunControl();
    const notices: Notice[] = [];
    const say = (notice: Notice): void => {
      notices.push(notice);
      control.cancel();
    };
    const run = withFallbacks(model, { stage: 'encode', say, signal: control.signal }, () =>
      Promise.reject(new NonFiniteError(part)),
    );
    await expect(run).rejects.toMatchObject({ code: 'cancelled' });
    expect(model[part]).toBe(before);
    expect(notices.map(({ code }) => code)).toEqual([`full-precision-${part}`]);
    expect(notices[0]?.message).toMatch(
      new RegExp(`The ${moduleNames[part]} overflowed .* fetched again: [\\d.]+ [KM]B`),
    );
  },
);
