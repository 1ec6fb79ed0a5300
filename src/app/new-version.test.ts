import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { changeOver } from './new-version.ts';

/** A worker of one version: what it was told, and what becomes of it. */
class Worker extends EventTarget {
  state: ServiceWorkerState = 'installed';
  readonly told: unknown[] = [];

  postMessage(message: unknown): void {
    this.told.push(message);
  }

  become(state: ServiceWorkerState): void {
    this.state = state;
    this.dispatchEvent(new Event('statechange'));
  }
}

const asServiceWorker = (worker: Worker): ServiceWorker => worker as unknown as ServiceWorker;

let old: Worker;
let reloads: number;
const reload = (): void => {
  reloads += 1;
};

/** Presses “Reload” while this version waits. @returns the registration, whose waiting version can be changed */
function press(waiting: Worker | null): { waiting: ServiceWorker | null } {
  const registration = { waiting: waiting === null ? null : asServiceWorker(waiting) };
  changeOver(registration, { controller: asServiceWorker(old) }, reload);
  return registration;
}

beforeEach(() => {
  vi.useFakeTimers();
  old = new Worker();
  reloads = 0;
});

afterEach(() => {
  vi.useRealTimers();
});

describe('“Reload” of an offered version', () => {
  it('lets it take over, lets the old one give way, and reloads once it answers for the page', () => {
    const next = new Worker();
    press(next);
    expect([old.told, next.told, reloads]).toEqual([['give way'], ['take over'], 0]);
    next.become('activating');
    expect(reloads).toBe(0);
    next.become('activated');
    expect(reloads).toBe(1);
  });

  it('reloads at once where another tab was quicker, and nothing waits any more', () => {
    press(null);
    expect(reloads).toBe(1);
  });

  it('takes the newer version where one came in between', () => {
    const [next, newer] = [new Worker(), new Worker()];
    const registration = press(next);
    registration.waiting = asServiceWorker(newer);
    next.become('redundant');
    expect([newer.told, reloads]).toEqual([['take over'], 0]);
    newer.become('activated');
    expect(reloads).toBe(1);
  });

  it('reloads where the version that waited is gone', () => {
    const next = new Worker();
    const registration = press(next);
    registration.waiting = null;
    next.become('redundant');
    expect(reloads).toBe(1);
  });

  it('reloads where no worker answers, and again where the page is still there', () => {
    press(new Worker());
    vi.advanceTimersByTime(9_999);
    expect(reloads).toBe(0);
    vi.advanceTimersByTime(1);
    expect(reloads).toBe(1);
    vi.advanceTimersByTime(19_999);
    expect(reloads).toBe(1);
    vi.advanceTimersByTime(1);
    expect(reloads).toBe(2);
  });
});
