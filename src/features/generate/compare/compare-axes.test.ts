import { describe, expect, it } from 'vitest';
import { isAllowed, settingKeys, settingTable } from '../../../../workers/api.ts';
import type { WordPin } from '../../compose/pins/pins.ts';
import { defaultSettings, type Settings } from '../../settings/settings.ts';
import { axisLabel, compareAxisNames, compareCells, usableAxes, type Compared } from './compare-axes.ts';
import { summary } from '../../models/loading/load-fixture.ts';
import { squarePicture } from '../../compose/pins/pin-fixture.ts';

const photo = squarePicture('0', { name: 'rex.png' });
const pinOn = (word: number, anchor: string): WordPin => ({ word, anchor, hue: word, subjects: [photo] });
const look = { name: 'plus', kind: 'plus', tokens: 16 } as const;

function compared(change: Partial<Compared> = {}, settings: Partial<Settings> = {}): Compared {
  return {
    compose: { caption: 'a dog and a cat', pins: [pinOn(1, 'dog'), pinOn(4, 'cat')] },
    settings: { ...defaultSettings, ...settings },
    loraWeights: null,
    model: summary,
    loras: [],
    detailedCaption: '',
    word: null,
    lora: null,
    ...change,
  };
}

const labels = (cells: ReturnType<typeof compareCells>): readonly string[] => cells.map(({ column }) => column.label);

describe('pictures that are compared', () => {
  it('go from text to subject in five steps of α, with one seed', () => {
    const cells = compareCells(compared({}, { seed: 5, seedLocked: false, count: 4 }), 'alpha', null);
    expect(cells.map(({ settings }) => settings.alpha)).toEqual([0, 0.25, 0.5, 0.75, 1]);
    expect(labels(cells)).toEqual(['text', '0.25', '0.5', '0.75', 'subject']);
    expect(new Set(cells.map(({ settings: { seed, count, seedLocked } }) => `${seed} ${count} ${seedLocked}`))).toEqual(
      new Set(['5 1 true']),
    );
  });

  it('lie around what is set, within what the scheduler takes', () => {
    const steps = (change: Partial<Settings>) =>
      compareCells(compared({}, change), 'steps', null).map(({ settings }) => settings.steps);
    expect(steps({ steps: 25 })).toEqual([10, 18, 25, 38, 50]);
    expect(steps({ steps: 40, scheduler: 'lcm' })).toEqual([16, 28, 40, 50]);
    expect(steps({ steps: 1 })).toEqual([1, 2]);
  });

  it('make rows of a second value', () => {
    const cells = compareCells(compared({}, { guidanceScale: 8 }), 'alpha', 'guidanceScale');
    expect(cells).toHaveLength(15);
    expect(cells.map(({ row }) => row?.label).filter((_, index) => index % 5 === 0)).toEqual(['4', '8', '16']);
    expect(cells[7]).toMatchObject({ settings: { alpha: 0.5, guidanceScale: 8 }, row: { index: 1, count: 3 } });
    expect(compareCells(compared(), 'seed', 'seed')).toHaveLength(5);
  });

  it.each(compareAxisNames)('by %s are allowed and differ', (axis) => {
    const loras = [{ id: 'cat', name: 'cat.safetensors', weight: 1 }];
    for (const scheduler of ['ddim', 'lcm'] as const) {
      const of = compared({ model: { ...summary, look }, loras }, { steps: 6, scheduler, seed: 2 ** 32 - 2 });
      const cells = compareCells(of, axis, null);
      expect(cells.length).toBeGreaterThan(1);
      const made = cells.map(({ compose, settings, loraWeights }) => JSON.stringify([compose, settings, loraWeights]));
      expect(new Set(made).size).toBe(cells.length);
      for (const { settings } of cells)
        for (const key of settingKeys) expect(isAllowed(settingTable[key], settings[key]), key).toBe(true);
    }
  });
});

describe('methods', () => {
  it('are the paper’s baselines: the caption without pictures, a detailed one, the pseudo-word as published', () => {
    const cells = compareCells(compared({ detailedCaption: 'a spotted dog' }, { pinVoices: 'both' }), 'method', null);
    expect(labels(cells)).toEqual(['plain caption', 'detailed caption', 'pseudo-word']);
    expect(cells.map(({ compose }) => [compose.caption, compose.pins.length])).toEqual([
      ['a dog and a cat', 0],
      ['a spotted dog', 0],
      ['a dog and a cat', 2],
    ]);
    expect(cells[2]?.settings).toMatchObject({ pinVoices: 'word', subjectPositions: 'pinned' });
  });

  it('have no detailed caption where none was typed, and looks where there is an adapter', () => {
    const looking = { ...summary, look };
    expect(labels(compareCells(compared({ detailedCaption: ' \n', model: looking }), 'method', null))).toEqual([
      'plain caption',
      'pseudo-word',
      'look',
      'word and look',
    ]);
    const cells = compareCells(compared({ model: { ...looking, canPinPictures: false } }), 'method', null);
    expect(labels(cells)).toEqual(['plain caption', 'look']);
  });

  it('make columns only, with rows that every one of them has', () => {
    const all = usableAxes(compared({ model: { ...summary, look } }));
    expect(all).toContain('method');
    expect(usableAxes(compared(), 'seed')).not.toContain('method');
    expect(usableAxes(compared({ model: { ...summary, look } }), 'method')).toEqual([
      'guidanceScale',
      'steps',
      'seed',
      'scheduler',
    ]);
  });
});

describe('the strength of one pin’s look', () => {
  const looking = compared({ model: { ...summary, look } });

  it('is of the pin that was chosen, else of the first; the others stay', () => {
    expect(axisLabel('lookStrength', looking)).toBe('Look of “dog”');
    const cells = compareCells({ ...looking, word: 4 }, 'lookStrength', null);
    expect(cells.map(({ compose: { pins } }) => pins.map((pin) => pin.look?.strength))).toEqual(
      [0, 0.25, 0.5, 0.75, 1].map((strength) => [undefined, strength]),
    );
    expect(cells[1]?.column).toMatchObject({ axis: 'Look of “cat”', key: 'lookStrength', about: '4', label: '0.25' });
  });

  it('is offered where the model gives a look and a picture is pinned', () => {
    expect(usableAxes(looking)).toContain('lookStrength');
    expect(usableAxes(compared())).not.toContain('lookStrength');
    const caption = { caption: 'a dog', pins: [] };
    expect(usableAxes({ ...looking, compose: caption })).not.toContain('lookStrength');
    expect(usableAxes({ ...looking, compose: caption })).not.toContain('alpha');
  });
});

describe('the weight of a LoRA file', () => {
  const loras = [
    { id: 'a', name: 'cat.safetensors', weight: 1 },
    { id: 'b', name: 'ink.safetensors', weight: 1.5 },
  ];

  it('goes from none to what is chosen, at least to that which it was trained with', () => {
    const weights = (of: Compared) => compareCells(of, 'loraWeight', null).map((cell) => cell.loraWeights);
    expect(weights(compared({ loras }))).toEqual([{ a: 0 }, { a: 0.25 }, { a: 0.5 }, { a: 0.75 }, { a: 1 }]);
    expect(weights(compared({ loras, lora: 'b' })).at(-1)).toEqual({ b: 1.5 });
    expect(axisLabel('loraWeight', compared({ loras, lora: 'b' }))).toBe('LoRA ink');
  });

  it('is offered where there is a file', () => {
    expect(usableAxes(compared({ loras }))).toContain('loraWeight');
    expect(usableAxes(compared())).not.toContain('loraWeight');
  });
});
