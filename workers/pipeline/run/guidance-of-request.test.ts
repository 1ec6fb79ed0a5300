import { describe, expect, it } from 'vitest';

import type { GenerateRequest } from '../../api.ts';
import { guidancePresets, type GuidancePresetName } from '../../contract/guidance-presets.ts';
import { pinOn, plainRequest } from '../../testing/reference-engine.ts';
import { guidanceNotices, guidanceScheduleOf, validateGuidance } from './guidance-of-request.ts';

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
      /pinned picture counts between 20 % and 100 % .* none of the single step/,
    ],
    [
      { guidanceSchedule: { alpha: { from: 0, to: 1 }, guidanceScale: { from: 0.3, to: 0.45 } }, steps: 2 },
      /guided between 30 % .* 2 steps/,
    ],
  ] as const)('that leaves nothing of what was set is refused: %o', (change, words) => {
    expect(() => {
      validateGuidance({ ...pinned, ...change });
    }).toThrow(words);
  });

  it('that leaves nothing is no matter where nothing was set', () => {
    expect(() => {
      validateGuidance({ ...pinned, guidanceOverTime: 'layout-first', steps: 1, pins: [] });
      validateGuidance({ ...pinned, guidanceOverTime: 'layout-first', steps: 1, alpha: 0 });
    }).not.toThrow();
  });
});

describe('a scheduler for few steps', () => {
  it('is told of guidance that burns its pictures', () => {
    const [told] = guidanceNotices({ ...pinned, scheduler: 'lcm', guidanceScale: 7.5 }, false);
    expect(told?.message).toBe(
      'LCM is for networks that were distilled to a few steps: a guidance scale of 7.5 burns their pictures. Take 1 to 2.',
    );
  });

  it.each([
    ['lcm', 2, false],
    ['tcd', 1, false],
    ['lcm', 7.5, true],
    ['ddim', 7.5, false],
  ] as const)('%s at %f is not, where the network reads the scale: %s', (scheduler, guidanceScale, reads) => {
    expect(guidanceNotices({ ...pinned, scheduler, guidanceScale }, reads)).toEqual([]);
  });
});
