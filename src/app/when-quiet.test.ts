import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { runStore } from '../features/generate/run/controller.ts';
import { startRun } from '../features/generate/run/run-state.ts';
import { engineStore } from '../features/models/loading/engine-store.ts';
import { whenQuiet } from './when-quiet.ts';

const loading = { kind: 'loading', progress: null, pace: null, cost: null } as const;
const run = startRun({ count: 1, steps: 4 }, { hadToLoad: false });

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  engineStore.setState(engineStore.getInitialState());
  runStore.setState(runStore.getInitialState());
  vi.useRealTimers();
});

/** Whether it is quiet after so many milliseconds. */
async function isQuietAfter(quiet: Promise<void>, ms: number): Promise<boolean> {
  let isQuiet = false;
  void quiet.then(() => (isQuiet = true));
  await vi.advanceTimersByTimeAsync(ms);
  return isQuiet;
}

test('it is quiet where nothing loads and nothing forms', async () => {
  expect(await isQuietAfter(whenQuiet(), 2_000)).toBe(true);
});

test('it is not quiet while a model loads, nor while a picture forms right after it', async () => {
  engineStore.setState({ model: loading });
  const quiet = whenQuiet();
  expect(await isQuietAfter(quiet, 60_000)).toBe(false);
  engineStore.setState({ model: { kind: 'none' } });
  expect(await isQuietAfter(quiet, 1_500)).toBe(false);
  runStore.setState({ run });
  expect(await isQuietAfter(quiet, 60_000)).toBe(false);
  runStore.setState({ run: { kind: 'cancelled' } });
  expect(await isQuietAfter(quiet, 1_999)).toBe(false);
  expect(await isQuietAfter(quiet, 1)).toBe(true);
});
