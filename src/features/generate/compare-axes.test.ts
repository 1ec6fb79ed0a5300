import { describe, expect, it } from 'vitest';
import { isAllowed, settingKeys, settingTable } from '../../../workers/api.ts';
import { defaultSettings } from '../settings/settings.ts';
import { compareAxisNames, compareCells } from './compare-axes.ts';

const values = (...asked: Parameters<typeof compareCells>) => compareCells(...asked);

describe('pictures that are compared', () => {
  it('go from text to subject in five steps of α, with one seed', () => {
    const cells = values({ ...defaultSettings, seed: 5, seedLocked: false, count: 4 }, 'alpha', null);
    expect(cells.map(({ settings }) => settings.alpha)).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(cells.map(({ column }) => column.label)).toEqual(['text', '0.25', '0.5', '0.75', 'subject']);
    expect(new Set(cells.map(({ settings: { seed, count, seedLocked } }) => `${seed} ${count} ${seedLocked}`))).toEqual(
      new Set(['5 1 true']),
    );
  });

  it('lie around what is set, within what the scheduler takes', () => {
    const steps = (change: Partial<typeof defaultSettings>) =>
      values({ ...defaultSettings, ...change }, 'steps', null).map(({ settings }) => settings.steps);
    expect(steps({ steps: 25 })).toEqual([10, 18, 25, 38, 50]);
    expect(steps({ steps: 40, scheduler: 'lcm' })).toEqual([16, 28, 40, 50]);
    expect(steps({ steps: 1 })).toEqual([1, 2]);
  });

  it('make rows of a second value', () => {
    const cells = values({ ...defaultSettings, guidanceScale: 8 }, 'alpha', 'guidanceScale');
    expect(cells).toHaveLength(15);
    expect(cells.map(({ row }) => row?.label).filter((_, index) => index % 5 === 0)).toEqual(['4', '8', '16']);
    expect(cells[7]).toMatchObject({ settings: { alpha: 0.5, guidanceScale: 8 }, row: { index: 1, count: 3 } });
    expect(values(defaultSettings, 'seed', 'seed')).toHaveLength(5);
  });

  it.each(compareAxisNames)('by %s are allowed and differ', (axis) => {
    for (const scheduler of ['ddim', 'lcm'] as const) {
      const cells = values({ ...defaultSettings, steps: 6, scheduler, seed: 2 ** 32 - 2 }, axis, null);
      expect(new Set(cells.map(({ settings }) => settings[axis])).size).toBe(cells.length);
      for (const { settings } of cells)
        for (const key of settingKeys) expect(isAllowed(settingTable[key], settings[key]), key).toBe(true);
    }
  });
});
