/** What the tests of a run share: an engine at a gate, a clock that they move, and a page as it is at its first visit. */
import { afterEach, beforeEach, vi } from 'vitest';
import type { GenerateEvent } from '../../../../workers/api.ts';
import { composeStore, setCaption } from '../../compose/draft/compose-store.ts';
import { galleryStore } from '../../gallery/gallery-store.ts';
import { engineStore } from '../../models/loading/engine-store.ts';
import { firstChoice } from '../../models/choice/model-choice.ts';
import { defaultSettings, settingsStore } from '../../settings/settings.ts';
import { runStore } from './controller.ts';
import { FakeEngine, pixels } from './fake-engine.ts';

/** Lets everything that waits on settled promises run, however long the chain. */
export async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

export const step = (alpha: number): GenerateEvent => ({
  type: 'step',
  picture: 0,
  step: 1,
  steps: 50,
  timestep: 1,
  guidance: { alpha, guidanceScale: 7.5 },
  strengths: { look: [], detail: [] },
  preview: pixels,
});
export const picture = (index: number, seed: number): GenerateEvent => ({
  type: 'picture',
  picture: { index, seed, variationSeed: 0, pixels, flagged: null },
});

/** @returns the engine of the test that runs */
export function freshPage(): () => FakeEngine {
  let engine = new FakeEngine();
  beforeEach(() => {
    vi.useFakeTimers();
    engine = new FakeEngine();
    composeStore.setState({ caption: '', pins: [], waiting: [] });
    setCaption('a dog on the beach');
    settingsStore.setState(defaultSettings);
    galleryStore.setState({ pictures: [], selected: null, revealed: new Set() });
    engineStore.setState({ device: null, choice: firstChoice, model: { kind: 'none' } });
    runStore.setState({ run: { kind: 'idle' } });
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  return () => engine;
}
