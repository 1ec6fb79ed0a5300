import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pinSubject, setCaption, setComposition } from '../features/compose/draft/compose-store.ts';
import { runStore } from '../features/generate/run/controller.ts';
import { startRun } from '../features/generate/run/run-state.ts';
import { defaultSettings, setSettings } from '../features/settings/settings.ts';
import { beginFirstSteps, endStep, firstStepsStore, followFirstSteps, stepToHint } from './first-steps.ts';

const page = { hasCaption: true, hasPins: true, hasPictures: true, isMaking: false };
const subject = { kind: 'embedding', id: 'x', name: 'x.pt', vectors: 1 } as const;
const done = (): readonly string[] => firstStepsStore.getState().done;

describe('the hint of the first steps', () => {
  it('is one at a time, in order, each once its step can be taken', () => {
    expect(stepToHint({ done: [] }, { ...page, hasPictures: false })).toBe('generate');
    expect(stepToHint({ done: [] }, { ...page, hasCaption: false })).toBeNull();
    expect(stepToHint({ done: ['generate'] }, { ...page, hasPictures: false })).toBeNull();
    expect(stepToHint({ done: ['generate'] }, page)).toBe('pin');
    expect(stepToHint({ done: ['pin', 'generate'] }, { ...page, hasPins: false })).toBeNull();
    expect(stepToHint({ done: ['pin', 'generate'] }, page)).toBe('alpha');
    expect(stepToHint({ done: ['alpha', 'pin', 'generate'] }, page)).toBeNull();
  });

  it('is silent while a picture forms', () => {
    expect(stepToHint({ done: [] }, { ...page, isMaking: true })).toBeNull();
  });
});

describe('the first steps', () => {
  beforeAll(followFirstSteps);

  beforeEach(() => {
    runStore.setState({ run: { kind: 'idle' } });
    firstStepsStore.setState({ done: [] });
    setComposition({ caption: 'a dog', pins: [] });
  });

  it('are over for whoever was here before, and go on after a reload', () => {
    firstStepsStore.setState({ done: ['generate', 'pin', 'alpha'] });
    beginFirstSteps(null, false);
    expect(done()).toHaveLength(3);
    beginFirstSteps(null, true);
    expect(done()).toEqual([]);
    beginFirstSteps({ done: ['pin'] }, false);
    expect(done()).toEqual(['pin']);
  });

  it('are taken by doing them', () => {
    runStore.setState({ run: startRun(defaultSettings, { hadToLoad: false, isLive: true }) });
    expect(done()).toEqual(['generate']);
    pinSubject(1, subject);
    expect(done()).toEqual(['generate', 'pin']);
    setSettings({ alpha: 0.25 });
    expect(done()).toEqual(['generate', 'pin', 'alpha']);
  });

  it('are not taken by an example, a recipe or an edit', () => {
    setComposition({ caption: 'a dog', pins: [{ word: 1, anchor: 'dog', hue: 0, subjects: [subject] }] });
    setCaption('a big dog');
    setSettings({ alpha: 0.75, steps: 7 });
    expect(done()).toEqual([]);
  });

  it('end once', () => {
    endStep('pin');
    endStep('pin');
    expect(done()).toEqual(['pin']);
  });
});
