import { describe, expect, it } from 'vitest';

import type { GenerateRequest } from '../../api.ts';
import { guidancePresets, type GuidancePresetName } from '../../contract/guidance-presets.ts';
import { pinOn, plainRequest } from '../../testing/runs/reference-engine.ts';
import { fewStepNotices, guidanceScheduleOf, validateGuidance } from './guidance-of-request.ts';

const pinned: GenerateRequest = { ...plainRequest, caption: 'a dog', width: 64, height: 64, pins: [pinOn(1, [])] };

describe('guidance over time', () => {
  it.each(Object.keys(guidancePresets) as GuidancePresetName[])(
    'is the preset that was chosen: %s',
    (guidanceOverTime) => {
      const request = { ...pinned, guidanceOverTime };
      expect(guidanceScheduleOf(request)).toBe(guidancePresets[guidanceOverTime].schedule);
      expect(() => {
        validateGuidance(request);
      }).not.toThrow();
    },
  );

  it.each([
    [
      { guidanceOverTime: 'layout-first', steps: 1 },
      /pinned picture counts between 20 % and 100 % .* none of the single step lies there\. Take more steps/,
    ],
    [
      { guidanceSchedule: { alpha: { from: 0, to: 1 }, guidanceScale: { from: 0.3, to: 0.45 } }, steps: 2 },
      /guided between 30 % .* 2 steps/,
    ],
    [
      { guidanceOverTime: 'light', steps: 10, strength: 0.3, start: { image: new Blob(), hash: '0', mask: null } },
      /guided between 0 % and 60 % .* none of the last 3 of 10 steps, which “.*” leaves, lies there\. Raise “/,
    ],
  ] as const)('that leaves nothing of what was set is refused: %o', (change, words) => {
    expect(() => {
      validateGuidance({ ...pinned, ...change });
    }).toThrow(words);
  });

  it.each([
    [-0.1, 0.5],
    [0.5, 0.5],
    [0.6, 0.4],
    [0.5, 1.1],
  ])('that is no interval is refused, for either: %f to %f', (from, to) => {
    const whole = { from: 0, to: 1 };
    for (const guidanceSchedule of [
      { alpha: { from, to }, guidanceScale: whole },
      { alpha: whole, guidanceScale: { from, to } },
    ])
      expect(() => {
        validateGuidance({ ...pinned, guidanceSchedule });
      }).toThrow(
        expect.objectContaining({
          code: 'setting-out-of-range',
          message: expect.stringContaining(`${from} to ${to} is none`) as string,
        }),
      );
  });

  it('is asked for its steps where anything is guided: above a scale of 1', () => {
    const nowhere = { alpha: { from: 0, to: 1 }, guidanceScale: { from: 0.3, to: 0.45 } };
    const check = (guidanceScale: number) => () => {
      validateGuidance({ ...pinned, guidanceSchedule: nowhere, steps: 2, guidanceScale });
    };
    expect(check(1)).not.toThrow();
    expect(check(1.5)).toThrow(expect.objectContaining({ code: 'setting-out-of-range' }));
  });

  it('that leaves nothing is no matter where nothing was set', () => {
    expect(() => {
      validateGuidance({ ...pinned, guidanceOverTime: 'layout-first', steps: 1, pins: [] });
      validateGuidance({ ...pinned, guidanceOverTime: 'layout-first', steps: 1, alpha: 0 });
    }).not.toThrow();
  });
});

describe('a scheduler for few steps', () => {
  const distilled = { readsGuidance: false, isForFewSteps: true };

  it('is told of guidance that burns its pictures', () => {
    const [told, ...others] = fewStepNotices({ ...pinned, scheduler: 'lcm', guidanceScale: 7.5 }, distilled);
    expect(told?.message).toBe(
      'LCM is for networks that were distilled to a few steps: a guidance scale of 7.5 burns their pictures. Take 1 to 2.',
    );
    expect(others).toEqual([]);
  });

  it.each([
    [2, 0],
    [2.5, 1],
  ])('is told so above 2: of %f %i times', (guidanceScale, count) => {
    expect(fewStepNotices({ ...pinned, scheduler: 'lcm', guidanceScale }, distilled)).toHaveLength(count);
  });

  it('is told of a network that is not for few steps', () => {
    const [told] = fewStepNotices(
      { ...pinned, scheduler: 'tcd', guidanceScale: 1 },
      { ...distilled, isForFewSteps: false },
    );
    expect(told?.code).toBe('few-step-network');
    expect(told?.message).toMatch(/^TCD is .* Press “Fast”/);
  });

  it.each([
    ['lcm', 2, false],
    ['tcd', 1, false],
    ['lcm', 7.5, true],
    ['ddim', 7.5, false],
  ] as const)('%s at %f is not, where the network reads the scale: %s', (scheduler, guidanceScale, readsGuidance) => {
    expect(fewStepNotices({ ...pinned, scheduler, guidanceScale }, { ...distilled, readsGuidance })).toEqual([]);
  });
});
