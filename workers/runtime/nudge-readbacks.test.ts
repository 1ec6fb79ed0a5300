import { afterEach, beforeEach, expect, it, vi } from 'vitest';

import { nudged, nudgeReadbacksOf, readsBackByTimer } from './nudge-readbacks.ts';

let submissions = 0;
const queue = {
  submit: (): undefined => {
    submissions += 1;
  },
};

beforeEach(() => {
  vi.useFakeTimers();
  submissions = 0;
});

afterEach(() => {
  nudgeReadbacksOf(null);
  vi.useRealTimers();
});

/** A readback that ends after this many milliseconds. */
function readback(milliseconds: number): Promise<string> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds, 'bytes'));
}

it('submits while a readback waits, and no longer', async () => {
  nudgeReadbacksOf(queue);
  const read = nudged(readback(40));
  await vi.advanceTimersByTimeAsync(40);
  expect(await read).toBe('bytes');
  expect(submissions).toBeGreaterThanOrEqual(9);
  const before = submissions;
  await vi.advanceTimersByTimeAsync(100);
  expect(submissions).toBe(before);
});

it('ends with a readback that fails', async () => {
  nudgeReadbacksOf(queue);
  await expect(nudged(Promise.reject(new Error('lost')))).rejects.toThrow('lost');
  await vi.advanceTimersByTimeAsync(100);
  expect(submissions).toBe(0);
});

it('leaves other browsers alone', async () => {
  const read = nudged(readback(40));
  await vi.advanceTimersByTimeAsync(40);
  expect([await read, submissions]).toEqual(['bytes', 0]);
});

it.each([
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:160.0) Gecko/20100101 Firefox/160.0', true],
  ['Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/152.0.0.0 Safari/537.36', false],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 FxiOS/160.0 Mobile Safari/605.1.15',
    false,
  ],
])('knows Firefox by its engine: %s', (userAgent, expected) => {
  expect(readsBackByTimer(userAgent)).toBe(expected);
});
