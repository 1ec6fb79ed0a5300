import { afterEach, describe, expect, it, vi } from 'vitest';

import { patience } from '../../contract/within.ts';
import { parseContentRange } from './http-body.ts';
import { request, retryAfter, wait } from './http.ts';

describe('Retry-After', () => {
  it.each([
    ['7', 7000],
    ['Thu, 01 Jan 1970 00:01:00 GMT', 55_000],
    ['Thu, 01 Jan 1970 00:00:01 GMT', 0],
    ['soon', null],
    [null, null],
  ])('%s is %s milliseconds', (header, expected) => {
    expect(retryAfter(header, 5000)).toBe(expected);
  });
});

describe('Content-Range', () => {
  it.each([
    ['bytes 0-99/1234', { start: 0, end: 99, total: 1234 }],
    ['bytes 0-99/*', null],
    ['bytes 9-5/10', null],
    ['bytes 0-10/10', null],
    [null, null],
  ])('%s', (header, expected) => {
    expect(parseContentRange(header)).toEqual(expected);
  });
});

it('a wait ends at once when it is cancelled', async () => {
  const abort = new AbortController();
  const waiting = wait(1e6, abort.signal);
  abort.abort();
  await expect(wait(1e6, abort.signal)).rejects.toMatchObject({ code: 'cancelled' });
  await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
});

it('an address with a password in it is not asked, and the password not repeated', async () => {
  const asked = request('https://me:secret@hub.example/unet/config.json', {}, {});
  await expect(asked).rejects.toMatchObject({
    code: 'address-with-password',
    message: expect.not.stringContaining('secret') as string,
  });
});

describe('a host that never answers', () => {
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('ends in a sentence after a minute, and its request is given up', async () => {
    vi.useFakeTimers();
    const signals: (AbortSignal | null | undefined)[] = [];
    vi.stubGlobal('fetch', (_: string, { signal }: RequestInit) => {
      signals.push(signal);
      return new Promise(() => undefined);
    });
    const refused = expect(request('https://slow.example.org/file', {}, {})).rejects.toMatchObject({
      code: 'network',
      message: expect.stringContaining('slow.example.org did not answer') as string,
    });
    await vi.advanceTimersByTimeAsync(patience.network);
    await refused;
    expect(signals.map((signal) => signal?.aborted)).toEqual([true]);
  });
});
