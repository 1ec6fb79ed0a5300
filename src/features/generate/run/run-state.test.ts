import { describe, expect, it } from 'vitest';
import type { GenerateEvent } from '../../../../workers/api.ts';
import {
  advance,
  isActive,
  phaseText,
  progress,
  startRun,
  timeLeft,
  type ActiveRun,
  type RunState,
} from './run-state.ts';
import { timeLeftText } from '../../../ui/time-left-text.ts';
import { addStep, noPace } from './time-left.ts';

const preview = { width: 1, height: 1, data: new Uint8ClampedArray(4) };
const step = (picture: number, number: number): Extract<GenerateEvent, { type: 'step' }> => ({
  type: 'step',
  picture,
  step: number,
  steps: 10,
  timestep: 1,
  guidance: { alpha: 0.5, guidanceScale: 7.5 },
  strengths: { look: [], detail: [] },
  preview,
});

/** Plays events at the given times, starting with denoising at time 0. */
function play(events: readonly (readonly [GenerateEvent, number])[], count = 1): ActiveRun {
  const first: GenerateEvent = { type: 'phase', phase: 'denoise', picture: 0 };
  const run = [[first, 0] as const, ...events].reduce<RunState>(
    (state, [event, at]) => advance(state, event, at),
    startRun({ count, steps: 10 }, { hadToLoad: false }),
  );
  if (!isActive(run)) throw new Error('the run ended');
  return run;
}

describe('a run', () => {
  it('counts steps and the time that is left', () => {
    const run = play([
      [step(0, 1), 900],
      [step(0, 2), 1000],
      [step(0, 3), 1100],
    ]);
    expect(run).toMatchObject({ step: 3, steps: 10, phase: 'denoise', preview });
    expect(timeLeft(run)).toBeCloseTo(700);
    expect(progress(run, 1)).toBeCloseTo(0.04 + 0.9 * 0.3);
  });

  it('counts the pictures still to come', () => {
    const run = play(
      [
        [step(0, 1), 100],
        [step(0, 2), 200],
      ],
      3,
    );
    expect(timeLeft(run)).toBeCloseTo(2800);
    expect(phaseText(run)).toBe('Forming the picture 1 of 3');
  });

  it('has one way from the press to the last picture, which only goes on', () => {
    const phase = (name: Extract<GenerateEvent, { type: 'phase' }>['phase'], picture: number): GenerateEvent => ({
      type: 'phase',
      phase: name,
      picture,
    });
    const events = [
      phase('encode-subjects', 0),
      phase('encode-text', 0),
      phase('denoise', 0),
      step(0, 1),
      step(0, 10),
      phase('decode', 0),
      phase('check', 0),
      phase('denoise', 1),
      step(1, 10),
      phase('decode', 1),
      phase('check', 1),
    ];
    let run: RunState = startRun({ count: 2, steps: 10 }, { hadToLoad: true });
    const seen = [progress(run, 0), progress(run, 0.5), progress(run, 1)];
    for (const event of events) {
      run = advance(run, event, 0);
      if (isActive(run)) seen.push(Number(progress(run, 1).toFixed(6)));
    }
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen[0]).toBe(0);
    expect(seen.at(-1)).toBeLessThanOrEqual(1);
    expect(seen.at(-1)).toBeGreaterThan(0.98);
  });

  it('does not know the time left before the first step', () => {
    expect(timeLeft(play([]))).toBeNull();
  });

  it('clears the preview when the next picture begins, and keeps it while it is decoded', () => {
    expect(
      play(
        [
          [step(0, 10), 100],
          [{ type: 'phase', phase: 'decode', picture: 0 }, 110],
        ],
        2,
      ).preview,
    ).toBe(preview);
    expect(
      play(
        [
          [step(0, 10), 100],
          [{ type: 'phase', phase: 'denoise', picture: 1 }, 110],
        ],
        2,
      ),
    ).toMatchObject({ preview: null, step: 0, picture: 1 });
  });

  it('does not count the time between pictures as a step', () => {
    const run = play(
      [
        [step(0, 10), 100],
        [{ type: 'phase', phase: 'decode', picture: 0 }, 100],
        [{ type: 'phase', phase: 'denoise', picture: 1 }, 9000],
        [step(1, 1), 9100],
      ],
      2,
    );
    expect(run.pace.perStep).toBeCloseTo(100);
  });

  it('is not woken by events that arrive after its end', () => {
    expect(advance({ kind: 'cancelled' }, step(0, 1), 5)).toEqual({ kind: 'cancelled' });
  });

  it('remembers that α was moved, for that picture alone', () => {
    const moved: GenerateEvent = { ...step(0, 2), guidance: { alpha: 0.6, guidanceScale: 7.5 } };
    expect(
      play([
        [step(0, 1), 1],
        [step(0, 2), 2],
      ]).guidanceMoved,
    ).toBe(false);
    expect(
      play([
        [step(0, 1), 1],
        [moved, 2],
        [step(0, 3), 3],
      ]).guidanceMoved,
    ).toBe(true);
    expect(
      play(
        [
          [step(0, 1), 1],
          [moved, 2],
          [{ type: 'phase', phase: 'denoise', picture: 1 }, 3],
        ],
        2,
      ).guidanceMoved,
    ).toBe(false);
  });

  it('says that it is stopping', () => {
    expect(phaseText({ ...play([[step(0, 1), 1]]), kind: 'cancelling' })).toBe('Stopping');
  });
});

describe('time left', () => {
  it('forgets the first, slow step', () => {
    expect(addStep(addStep(noPace, 5000), 100).perStep).toBe(100);
  });

  it.each([
    [400, 'about 1 s left'],
    [7200, 'about 7 s left'],
    [23_000, 'about 25 s left'],
    [59_000, 'about 1 min left'],
    [150_000, 'about 3 min left'],
    [5_400_000, 'about 1.5 h left'],
  ])('is told no more exactly than it is known: %i ms', (milliseconds, text) => {
    expect(timeLeftText(milliseconds)).toBe(text);
  });
});
