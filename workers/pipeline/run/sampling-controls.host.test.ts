import { describe, expect, it } from 'vitest';

import type { GenerateEvent } from '../../api.ts';
import { numberedPicture, openReferenceEngine, pinOn, plainRequest } from '../../testing/runs/reference-engine.ts';

const engine = await openReferenceEngine('sd15');

const pin = pinOn(1, [{ kind: 'picture', image: numberedPicture(0), hash: '0', region: null }]);

type Step = Extract<GenerateEvent, { type: 'step' }>;

/** Runs many steps; at the second one the window sends a message, which comes by a task of its own. */
async function stepsAfterMessage(message: () => void): Promise<{ steps: Step[]; ok: boolean }> {
  const steps: Step[] = [];
  const result = await engine.generate(
    { ...plainRequest, caption: 'a dog', pins: [pin], width: 64, height: 64, steps: 12 },
    (event) => {
      if (event.type !== 'step') return;
      steps.push(event);
      if (event.step === 2) setImmediate(message);
    },
  );
  return { steps, ok: result.ok };
}

describe('while a picture forms on the processor', () => {
  it('Cancel is heard within a step or two', async () => {
    const { steps, ok } = await stepsAfterMessage(() => void engine.cancel());
    expect(ok).toBe(false);
    expect(steps.length).toBeLessThan(6);
  });

  it('a moved α counts from the next steps on', async () => {
    const { steps } = await stepsAfterMessage(() => void engine.setGuidance({ alpha: 0.25, guidanceScale: 3 }));
    expect(steps).toHaveLength(12);
    expect(steps[1]?.guidance.guidanceScale).toBe(7.5);
    expect(steps[6]?.guidance).toEqual({ alpha: 0.25, guidanceScale: 3 });
  });

  it('moved strengths of looks count from the next steps on, where they are such', async () => {
    const { steps } = await stepsAfterMessage(() => {
      void engine.setPinStrengths({ look: [0.25], detail: [0] });
      void engine.setPinStrengths({ look: [0.5, 0.5], detail: [0] });
      void engine.setPinStrengths({ look: [2], detail: [0] });
    });
    expect(steps[1]?.strengths.look).toEqual([pin.look.strength]);
    expect(steps[6]?.strengths.look).toEqual([0.25]);
  });
});
