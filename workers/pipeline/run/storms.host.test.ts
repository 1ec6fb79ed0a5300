import { beforeAll, describe, expect, it } from 'vitest';

import type { GenerateEvent, GenerateRequest } from '../../api.ts';
import { openReferenceEngine, plainRequest } from '../../testing/runs/reference-engine.ts';
import type { Engine } from './engine.ts';

const request: GenerateRequest = { ...plainRequest, caption: 'a dog', width: 64, height: 64, steps: 3, alpha: 0 };

describe('an engine that is asked for everything at once', () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openReferenceEngine('sd15');
  });

  it('makes one picture of fifty presses, and says of the others that it is busy', async () => {
    const events: GenerateEvent[] = [];
    const results = await Promise.all(
      Array.from({ length: 50 }, () => engine.generate(request, (event) => events.push(event))),
    );
    expect(results.filter(({ ok }) => ok)).toHaveLength(1);
    expect(results.flatMap((result) => (result.ok ? [] : [result.error.code]))).toEqual(
      Array.from({ length: 49 }, () => 'busy'),
    );
    expect(events.filter(({ type }) => type === 'picture')).toHaveLength(1);
  });

  it('is cancelled once by fifty cancels, and makes the next picture', async () => {
    const ended = await engine.generate(request, (event) => {
      if (event.type === 'step') for (let press = 0; press < 50; press++) void engine.cancel();
    });
    expect(ended).toMatchObject({ ok: false, error: { code: 'cancelled' } });
    for (let press = 0; press < 50; press++) void engine.cancel();
    expect(await engine.generate(request, () => undefined)).toMatchObject({ ok: true, value: { pictures: 1 } });
  });

  it('takes the last of a thousand values of α at each step', async () => {
    const set: number[] = [request.alpha];
    const used: number[] = [];
    await engine.generate(request, (event) => {
      if (event.type !== 'step') return;
      used.push(event.guidance.alpha);
      for (let move = 0; move < 1000; move++) {
        const alpha = ((move * 37 + event.step) % 101) / 100;
        void engine.setGuidance({ alpha, guidanceScale: 7.5 });
        if (move === 999) set.push(alpha);
      }
      void engine.setGuidance({ alpha: NaN, guidanceScale: 7.5 });
      void engine.setGuidance({ alpha: 2, guidanceScale: 7.5 });
    });
    expect(used).toHaveLength(3);
    for (const [step, alpha] of used.entries()) expect(set.slice(0, step + 1)).toContain(alpha);
    expect(new Set(used).size).toBeGreaterThan(1);
  });
});
