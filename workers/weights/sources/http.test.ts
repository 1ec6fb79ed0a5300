import { getEventListeners } from 'node:events';

import { afterEach, describe, expect, it, vi } from 'vitest';

import { patience } from '../../contract/within.ts';
import { bodyChunks, collect, declaredLength, parseContentRange } from './http-body.ts';
import { hostOf, request, retryAfter, statusError, wait } from './http.ts';

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
    ['bytes 0-9/10', { start: 0, end: 9, total: 10 }],
    [' bytes 5-5/6 ', { start: 5, end: 5, total: 6 }],
    ['octets 0-9/10', null],
    ['bytes 0-9/10 x', null],
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

it('a wait ends after its time, and leaves nothing behind that hears of a later stop', async () => {
  vi.useFakeTimers();
  const abort = new AbortController();
  let isOver = false;
  const waiting = wait(1000, abort.signal).then(() => (isOver = true));
  await vi.advanceTimersByTimeAsync(999);
  expect(isOver).toBe(false);
  expect(getEventListeners(abort.signal, 'abort')).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(1);
  await waiting;
  expect(isOver).toBe(true);
  expect(getEventListeners(abort.signal, 'abort')).toHaveLength(0);
  vi.useRealTimers();
});

it('an answer without a body has no pieces', async () => {
  for await (const piece of bodyChunks(new Response(null), 'a', {})) expect(piece).toBe('nothing');
});

it.each([
  [0, 0],
  [2, 2],
  [4, 4],
  [8, 8],
  [9, 8],
])('of a stream of 8 bytes in pieces at most %i are collected: %i', async (limit, length) => {
  const chunks = async function* () {
    for (const piece of [[1, 2, 3], [4, 5, 6, 7], [8]]) yield await Promise.resolve(Uint8Array.from(piece));
  };
  expect(await collect(chunks(), limit)).toEqual(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8).slice(0, length));
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

describe('a host that is busy', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  /** The pauses before a host that answers like this is given up, or answers otherwise. */
  async function pausesBefore(answers: readonly (readonly [number, string?])[]) {
    const pauses: number[] = [];
    let asked = 0;
    vi.stubGlobal('fetch', () => {
      const [status = 200, after] = answers[asked++] ?? [];
      return Promise.resolve(
        new Response('', { status, headers: after === undefined ? {} : { 'Retry-After': after } }),
      );
    });
    const wait = (milliseconds: number): Promise<void> => {
      pauses.push(milliseconds);
      return Promise.resolve();
    };
    const outcome = await request('https://busy.example/file', {}, { wait }).catch((thrown: unknown) => thrown);
    return { pauses, asked, outcome };
  }

  it('without saying for how long is asked after ever longer pauses, four times in all', async () => {
    const { pauses, asked, outcome } = await pausesBefore(Array.from({ length: 9 }, () => [429]));
    expect(pauses).toEqual([2000, 4000, 8000]);
    expect(asked).toBe(4);
    expect(outcome).toMatchObject({
      code: 'http-status',
      message: expect.stringMatching(/^busy\.example is too busy \(status 429\)/u) as string,
    });
  });

  it('is asked after the time that it names, at most a minute', async () => {
    const { pauses, outcome } = await pausesBefore([[503, '3'], [429, '7200'], [200]]);
    expect(pauses).toEqual([3000, 60_000]);
    expect(outcome).toMatchObject({ status: 200 });
  });

  it('and does not say for how long is not asked again where it is out of order', async () => {
    const { asked, outcome } = await pausesBefore([[503]]);
    expect([asked, outcome]).toEqual([1, expect.objectContaining({ status: 503 })]);
  });

  it.each([200, 404, 500])('is one that says so: with the status %i it is not', async (status) => {
    const { asked, outcome } = await pausesBefore([[status, '3']]);
    expect([asked, outcome]).toEqual([1, expect.objectContaining({ status })]);
  });

  it('has its answer given up', async () => {
    let givenUp = 0;
    const cancel = () => void (givenUp += 1);
    vi.stubGlobal('fetch', () => Promise.resolve(new Response(new ReadableStream({ cancel }), { status: 429 })));
    await expect(request('https://busy.example/x', {}, { wait: () => Promise.resolve() })).rejects.toThrow('too busy');
    expect(givenUp).toBe(4);
  });
});

it.each([
  [401, 'http-status', 'refuses access to unet/config.json (status 401). It may be private'],
  [403, 'http-status', 'refuses access to unet/config.json (status 403). It may be private'],
  [404, 'file-not-found', 'has no unet/config.json'],
  [410, 'file-not-found', 'has no unet/config.json'],
  [402, 'http-status', 'failed to send unet/config.json (status 402)'],
  [500, 'http-status', 'failed to send unet/config.json (status 500)'],
])('the status %i is told as %s', (status, code, words) => {
  const error = statusError(new Response(null, { status }), 'unet/config.json', 'https://host.example:8080/unet');
  expect(error).toMatchObject({ code, message: expect.stringContaining(`host.example:8080 ${words}`) as string });
});

it.each([
  ['identity', '12', 12],
  ['gzip', '12', null],
  ['br', '12', null],
  [null, '12', 12],
  [null, null, null],
])('a body with the encoding %s and the length %s has %s bytes', (encoding, length, bytes) => {
  const headers = new Headers();
  if (encoding !== null) headers.set('Content-Encoding', encoding);
  if (length !== null) headers.set('Content-Length', length);
  expect(declaredLength(new Response(null, { headers }))).toBe(bytes);
});

it('an address with a user name alone is refused too, one with an @ in its path is not', async () => {
  for (const address of ['https://me@hub.example/x', 'https://:secret@hub.example/x'])
    await expect(request(address, {}, {})).rejects.toMatchObject({ code: 'address-with-password' });
  vi.stubGlobal('fetch', () => Promise.resolve(new Response('ok')));
  expect((await request('https://hub.example/@me:x', {}, {})).status).toBe(200);
  vi.unstubAllGlobals();
});

it('a host that cannot be reached is named, and one who cancels meanwhile has cancelled', async () => {
  const abort = new AbortController();
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('failed')));
  await expect(request('https://gone.example/x', {}, {})).rejects.toThrow(/^gone\.example could not be reached/u);
  vi.stubGlobal('fetch', () => {
    abort.abort();
    return Promise.reject(new TypeError('failed'));
  });
  const cancelled = { code: 'cancelled' };
  await expect(request('https://gone.example/x', {}, { signal: abort.signal })).rejects.toMatchObject(cancelled);
  await expect(request('https://gone.example/x', {}, { signal: abort.signal })).rejects.toMatchObject(cancelled);
  vi.unstubAllGlobals();
});

it('who has cancelled asks nothing, and who cancels meanwhile ends the request', async () => {
  const asked: RequestInit[] = [];
  vi.stubGlobal('fetch', (_: string, init: RequestInit) => {
    asked.push(init);
    return Promise.resolve(new Response('ok'));
  });
  const aborted = request('https://hub.example/x', {}, { signal: AbortSignal.abort() });
  await expect(aborted).rejects.toMatchObject({ code: 'cancelled' });
  expect(asked).toEqual([]);
  const abort = new AbortController();
  await request('https://hub.example/x', { method: 'HEAD' }, { signal: abort.signal });
  expect(asked[0]).toMatchObject({ method: 'HEAD', signal: { aborted: false } });
  abort.abort();
  expect(asked[0]?.signal?.aborted).toBe(true);
  vi.unstubAllGlobals();
});

describe('a body', () => {
  afterEach(() => {
    vi.useRealTimers();
  });
  const readAll = async (body: ReadableStream, signal?: AbortSignal) => {
    const pieces: number[] = [];
    for await (const piece of bodyChunks(new Response(body), 'w', signal === undefined ? {} : { signal }))
      pieces.push(piece.length);
    return pieces;
  };
  const breaking = () =>
    new ReadableStream({
      pull: (controller) => {
        controller.error(new TypeError('broken'));
      },
    });

  it('that breaks off is an incomplete download, unless the person stopped it', async () => {
    await expect(readAll(breaking())).rejects.toMatchObject({
      code: 'download-incomplete',
      message: expect.stringContaining('of w broke off') as string,
    });
    await expect(readAll(breaking(), AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
  });

  it('that falls silent is one after a minute, and is given up', async () => {
    vi.useFakeTimers();
    let isGivenUp = false;
    const cancel = () => {
      isGivenUp = true;
    };
    const refused = expect(readAll(new ReadableStream({ cancel }))).rejects.toMatchObject({
      code: 'download-incomplete',
    });
    await vi.advanceTimersByTimeAsync(patience.network);
    await refused;
    expect(isGivenUp).toBe(true);
  });
});

it.each([
  ['https://host.example:8080/a', 'host.example:8080'],
  ['no address', 'no address'],
])('the host of %s is %s', (address, host) => {
  expect(hostOf(address)).toBe(host);
});
