import { afterEach, expect, it, vi } from 'vitest';

import { RangeReader } from './range-reader.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

const target = {
  name: 'w',
  url: 'https://example.org/w',
  size: 100,
  validator: '"1"' as string | null,
  acceptsRanges: true,
};

/** Reads [10, 20) from a host that answers with these headers. */
async function read(status: number, headers: Record<string, string>): Promise<number[]> {
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(new Uint8Array(10), { status, headers })));
  const pieces: number[] = [];
  for await (const piece of new RangeReader(target, {}).stream(10, 10)) pieces.push(...piece);
  return pieces;
}

it('takes the range that was asked for, and one whose place is hidden', async () => {
  expect(await read(206, { 'Content-Range': 'bytes 10-19/100', ETag: '"1"' })).toHaveLength(10);
  expect(await read(206, {})).toHaveLength(10);
});

it.each([
  ['of another place', { 'Content-Range': 'bytes 0-9/100' }],
  ['of a file of another size', { 'Content-Range': 'bytes 10-19/99' }],
  ['of another version', { 'Content-Range': 'bytes 10-19/100', ETag: '"2"' }],
])('refuses a range %s', async (_, headers) => {
  await expect(read(206, headers)).rejects.toMatchObject({
    code: 'download-incomplete',
    message: expect.stringContaining('replaced on the server') as string,
  });
});

interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** null for a connection that cannot be made */
  readonly bytes: readonly number[] | null;
  /** How many of them come at once. */
  readonly piece?: number;
}

/** Reads [10, 20) of a host that gives these answers, one after the other. */
async function readBy(answers: readonly Answer[], about: Partial<typeof target> = {}, ifRange = false) {
  const asked: { range: string | null; ifRange: string | null }[] = [];
  const pauses: number[] = [];
  const givenUp: number[] = [];
  let bytesSent = 0;
  vi.stubGlobal('fetch', (_: string, { headers }: RequestInit) => {
    const sent = new Headers(headers);
    asked.push({ range: sent.get('Range'), ifRange: sent.get('If-Range') });
    const { status = 206, headers: given = {}, bytes, piece = 1000 } = answers[asked.length - 1] ?? { bytes: null };
    if (bytes === null) return Promise.reject(new TypeError('failed'));
    let at = 0;
    const pull = (controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): void => {
      if (at >= bytes.length) controller.close();
      else controller.enqueue(Uint8Array.from(bytes.slice(at, (at += piece))));
      bytesSent = at;
    };
    const cancel = () => void givenUp.push(asked.length);
    const body = new ReadableStream({ pull, cancel }, { highWaterMark: 0 });
    return Promise.resolve(new Response(body, { status, headers: given }));
  });
  const wait = (milliseconds: number): Promise<void> => {
    pauses.push(milliseconds);
    return Promise.resolve();
  };
  const reader = new RangeReader({ ...target, ...about }, { wait, ifRange });
  const read: number[] = [];
  const pull = async (): Promise<void> => {
    for await (const piece of reader.stream(10, 10)) read.push(...piece);
  };
  const error = await pull().then(
    () => null,
    (thrown: unknown) => thrown,
  );
  return { asked, pauses, read, error, bytesSent, givenUp };
}

const from = (start: number, end: number): number[] => Array.from({ length: end - start }, (_, i) => start + i);

it('asks for the rest where a body ends early, and gives up after three answers in a row without a byte', async () => {
  const short = await readBy([{ bytes: from(10, 14) }, { bytes: [] }, { bytes: [] }, { bytes: from(14, 20) }]);
  expect(short).toMatchObject({ read: from(10, 20), error: null, pauses: [1000, 2000, 4000] });
  expect(short.asked.map(({ range }) => range)).toEqual(['bytes=10-19', 'bytes=14-19', 'bytes=14-19', 'bytes=14-19']);
  const gone = await readBy([{ bytes: null }, { bytes: null }, { bytes: null }, { bytes: from(10, 20) }]);
  expect(gone).toMatchObject({ read: [], error: { code: 'network' }, pauses: [2000, 4000] });
  expect(gone.asked).toHaveLength(3);
});

it('takes no more than was asked for', async () => {
  expect(await readBy([{ bytes: from(10, 30) }])).toMatchObject({ read: from(10, 20), error: null });
});

it('reads over the start of a whole file where it shows that it is the same', async () => {
  const whole = { status: 200, bytes: from(0, 100) };
  expect(await readBy([{ ...whole, headers: { ETag: '"1"' } }])).toMatchObject({ read: from(10, 20), error: null });
  const changed = { code: 'download-incomplete', message: expect.stringContaining('replaced') as string };
  expect(await readBy([whole])).toMatchObject({ read: [], error: changed, pauses: [] });
  expect(await readBy([whole], { validator: null })).toMatchObject({ read: [], error: changed, pauses: [] });
  expect(await readBy([{ ...whole, headers: { ETag: '"2"' } }])).toMatchObject({ read: [], error: changed });
  expect(await readBy([whole], { acceptsRanges: false })).toMatchObject({ read: from(10, 20), error: null });
});

it.each([1, 3, 7, 64])(
  'reads over the start of a whole file in pieces of %i bytes, and no further than it must',
  async (piece) => {
    const whole = { status: 200, headers: { ETag: '"1"' }, bytes: from(0, 100), piece };
    const { read, error, bytesSent } = await readBy([whole]);
    expect([read, error]).toEqual([from(10, 20), null]);
    expect(bytesSent).toBe(piece * Math.ceil(20 / piece));
  },
);

it('takes a range in pieces of one byte, and a whole file that says which range it is', async () => {
  expect(await readBy([{ bytes: from(10, 20), piece: 1 }])).toMatchObject({ read: from(10, 20), error: null });
  const headers = { ETag: '"1"', 'Content-Range': 'bytes 0-99/100' };
  expect(await readBy([{ status: 200, headers, bytes: from(0, 100) }])).toMatchObject({ read: from(10, 20) });
});

it('takes a range of a file whose version was not told before', async () => {
  const answer = { headers: { ETag: '"2"' }, bytes: from(10, 20) };
  expect(await readBy([answer], { validator: null })).toMatchObject({ read: from(10, 20), error: null });
});

it.each([
  [416, 'download-incomplete', 'replaced'],
  [404, 'file-not-found', 'has no w'],
  [500, 'http-status', 'failed to send w'],
])('the status %i ends it with %s', async (status, code, words) => {
  // Some servers tell the validator of a file with an error page too.
  for (const acceptsRanges of [true, false]) {
    const answer = { status, headers: { ETag: '"1"' }, bytes: [1] };
    const { error, asked, read, givenUp } = await readBy([answer], { acceptsRanges });
    expect(error).toMatchObject({ code, message: expect.stringContaining(words) as string });
    expect([asked.length, read, givenUp]).toEqual([1, [], [1]]);
  }
});

it('sends If-Range where it was told to and the validator is a strong one, and does without where that fails', async () => {
  const ok = { bytes: from(10, 20) };
  expect((await readBy([ok], {}, true)).asked).toEqual([{ range: 'bytes=10-19', ifRange: '"1"' }]);
  expect((await readBy([ok], {}, false)).asked).toEqual([{ range: 'bytes=10-19', ifRange: null }]);
  expect((await readBy([ok], { validator: 'W/"1"' }, true)).asked).toEqual([{ range: 'bytes=10-19', ifRange: null }]);
  const fallen = await readBy([{ bytes: null }, { bytes: from(10, 15) }, { bytes: from(15, 20) }], {}, true);
  expect(fallen).toMatchObject({ read: from(10, 20), error: null });
  expect(fallen.asked.map(({ ifRange }) => ifRange)).toEqual(['"1"', null, null]);
  const busy = await readBy(
    Array.from({ length: 9 }, () => ({ status: 429, bytes: [] })),
    {},
    true,
  );
  expect(busy.error).toMatchObject({ code: 'http-status' });
  expect(busy.asked.map(({ ifRange }) => ifRange)).toEqual(['"1"', '"1"', '"1"', '"1"']);
});

it('ends at the end of the file', async () => {
  const { asked, read } = await readBy([{ bytes: from(10, 15) }], { size: 15 });
  expect([asked.map(({ range }) => range), read]).toEqual([['bytes=10-14'], from(10, 15)]);
});
