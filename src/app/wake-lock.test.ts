import { afterEach, beforeEach, expect, it } from 'vitest';
import { runStore } from '../features/generate/run/controller.ts';
import { startRun } from '../features/generate/run/run-state.ts';
import { keepScreenOn } from './wake-lock.ts';

const running = { run: startRun({ count: 1, steps: 5 }, { hadToLoad: false }) };
let held = 0;
let requests = 0;
const locks = {
  request: () => {
    requests += 1;
    held += 1;
    const sentinel = Object.assign(new EventTarget(), {
      released: false,
      type: 'screen' as const,
      onrelease: null,
      release: () => {
        held -= 1;
        return Promise.resolve(undefined);
      },
    });
    return Promise.resolve(sentinel);
  },
};

/** A page that can be hidden and shown. */
class Page extends EventTarget {
  visibilityState: DocumentVisibilityState = 'visible';

  show(state: DocumentVisibilityState): void {
    this.visibilityState = state;
    this.dispatchEvent(new Event('visibilitychange'));
  }
}

const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

let end: () => void = () => undefined;

afterEach(() => {
  end();
});

beforeEach(() => {
  held = 0;
  requests = 0;
  runStore.setState({ run: { kind: 'idle' } });
});

it('holds the screen from the first moment of a run to its end', async () => {
  end = keepScreenOn(locks, new Page());
  expect(held).toBe(0);
  runStore.setState(running);
  runStore.setState({ run: { ...running.run, step: 2 } });
  await settle();
  expect([held, requests]).toEqual([1, 1]);
  runStore.setState({ run: { kind: 'cancelled' } });
  await settle();
  expect(held).toBe(0);
});

it('asks again when the page comes back into view', async () => {
  const page = new Page();
  end = keepScreenOn(locks, page);
  runStore.setState(running);
  page.show('hidden');
  await settle();
  expect(held).toBe(0);
  page.show('visible');
  await settle();
  expect([held, requests]).toEqual([1, 2]);
});

it('does without where the browser has none, or says no', async () => {
  keepScreenOn(undefined, new Page());
  end = keepScreenOn({ request: () => Promise.reject(new Error('battery low')) }, new Page());
  runStore.setState(running);
  runStore.setState({ run: { kind: 'idle' } });
  await settle();
});
