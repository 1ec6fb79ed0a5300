import { afterEach, expect, it, vi } from 'vitest';

import { RangeReader } from './range-reader.ts';

afterEach(() => {
  vi.unstubAllGlobals();
});

const target = { name: 'w', url: 'https://example.org/w', size: 100, validator: '"1"', acceptsRanges: true };

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
