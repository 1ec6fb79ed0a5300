import { afterEach, expect, it, vi } from 'vitest';
import { openHttpFile } from './http-file.ts';

const mebibyte = 1024 * 1024;
const probe = new Uint8Array(128 * 1024);

afterEach(() => {
  vi.unstubAllGlobals();
});

/** A host that answers a GET and a HEAD like this. */
function serve(get: () => Response, head: () => Response): void {
  vi.stubGlobal('fetch', (_url: string, { method }: RequestInit) =>
    Promise.resolve(method === 'HEAD' ? head() : get()),
  );
}

const open = () => openHttpFile('a.safetensors', 'https://example.org/a.safetensors', {});

it('takes the size from the answer to HEAD where Content-Range is hidden', async () => {
  serve(
    () => new Response(probe, { status: 206 }),
    () => new Response(null, { headers: { 'Content-Length': '5000000' } }),
  );
  expect(await open()).toMatchObject({ size: 5_000_000 });
});

it('takes no size from an error page', async () => {
  serve(
    () => new Response(probe, { status: 206 }),
    () => new Response(null, { status: 403, headers: { 'Content-Length': '243' } }),
  );
  await expect(open()).rejects.toMatchObject({
    code: 'http-status',
    message: expect.stringMatching(/example\.org does not tell the size of its files/) as string,
  });
});

it('stops reading a file of untold size that is too large for memory', async () => {
  let sent = 0;
  const endless = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: (controller) => {
      sent++;
      controller.enqueue(new Uint8Array(mebibyte));
      if (sent === 300) controller.close();
    },
  });
  serve(
    () => new Response(endless),
    () => new Response(null),
  );
  await expect(open()).rejects.toThrow(/example\.org does not tell the size of its files/);
  expect(sent).toBeLessThan(80);
});

const served = (body: BodyInit | null, init: ResponseInit): void => {
  serve(
    () => new Response(body, init),
    () => new Response(null, { status: 500 }),
  );
};

it.each([
  ['that is not there', 404, {}, null],
  ['that was taken away', 410, {}, null],
  ['behind a page', 200, { 'Content-Type': 'text/html; charset=utf-8' }, 'html'],
  ['behind a page of another kind', 200, { 'Content-Type': ' application/xhtml+xml' }, 'html'],
])('a file %s is none', async (_, status, headers, expected) => {
  served('text', { status, headers });
  expect(await open()).toBe(expected);
});

it('a page that is asked for is a file', async () => {
  served('<p>text</p>', { headers: { 'Content-Type': 'text/html' } });
  expect(await openHttpFile('a.HTML', 'https://example.org/a.HTML', {})).toMatchObject({ size: 11 });
});

it.each([200, 206])('what begins like a page is one, whatever it is called (status %i)', async (status) => {
  served('\ufeff  <!DOCTYPE HTML><title>Sign in', { status, headers: { 'Content-Type': 'application/octet-stream' } });
  expect(await open()).toBe('html');
});

it.each([200, 206])('a pointer of Git LFS is refused (status %i)', async (status) => {
  served('version https://git-lfs.github.com/spec/v1\noid sha256:0', { status });
  await expect(open()).rejects.toMatchObject({ code: 'not-a-model-file' });
});

it('an empty file is one of no bytes', async () => {
  served(null, { status: 416, headers: { ETag: '"1"' } });
  const file = await open();
  expect(file).toMatchObject({ size: 0, validator: '"1"', acceptsRanges: true, sha256: null });
});

it('a small file comes whole with the first answer, and knows when it was changed', async () => {
  let asked = 0;
  serve(
    () => {
      asked += 1;
      const headers = { 'Content-Range': 'bytes 0-4/5', 'Last-Modified': 'yesterday' };
      return new Response('12345', { status: 206, headers });
    },
    () => new Response(null, { status: 500 }),
  );
  const file = await openHttpFile('a', 'https://example.org/a', { sha256: 'f'.repeat(64) });
  if (file === null || file === 'html') throw new RangeError('no file');
  expect(file).toMatchObject({ size: 5, validator: 'yesterday', sha256: 'f'.repeat(64) });
  expect(await file.read(1, 3)).toEqual(new TextEncoder().encode('234'));
  for await (const piece of file.stream(2, 3)) expect(piece).toEqual(new TextEncoder().encode('345'));
  expect(asked).toBe(1);
});

it('a large file of a host without Range is opened by its start, and read from it again', async () => {
  const size = 64 * mebibyte + 1;
  const headers = { 'Content-Length': `${size}` };
  serve(
    () => new Response(new Uint8Array(mebibyte).fill(7), { headers }),
    () => new Response(null, { status: 500 }),
  );
  const file = await open();
  if (file === null || file === 'html') throw new RangeError('no file');
  expect(file).toMatchObject({ size, acceptsRanges: false });
  expect(await file.read(0, 4)).toEqual(Uint8Array.of(7, 7, 7, 7));
});

/** A host that sends parts of a file, and notes what it is asked for. */
function serveParts(bytes: Uint8Array<ArrayBuffer>, headers: Readonly<Record<string, string>> = {}): (string | null)[] {
  const asked: (string | null)[] = [];
  vi.stubGlobal('fetch', (_: string, init: RequestInit) => {
    const range = new Headers(init.headers).get('Range');
    asked.push(range);
    const [start = 0, end = 0] = (/(\d+)-(\d+)/u.exec(range ?? '') ?? []).slice(1).map(Number);
    const part = bytes.slice(start, end + 1);
    const contentRange = `bytes ${start}-${start + part.length - 1}/${bytes.length}`;
    return Promise.resolve(new Response(part, { status: 206, headers: { 'Content-Range': contentRange, ...headers } }));
  });
  return asked;
}

const opened = async (options: Parameters<typeof openHttpFile>[2] = {}) => {
  const file = await openHttpFile('a.safetensors', 'https://example.org/a.safetensors', options);
  if (file === null || file === 'html') throw new RangeError('no file');
  return file;
};

it('what came with the first answer is not asked for again', async () => {
  const bytes = Uint8Array.from({ length: 200_000 }, (_, index) => index % 251);
  const asked = serveParts(bytes, { ETag: '"1"' });
  const file = await opened({ sha256: 'ab' });
  expect(file).toMatchObject({ size: 200_000, acceptsRanges: true, validator: '"1"', sha256: 'ab' });
  expect(await file.read(131_000, 72)).toEqual(bytes.slice(131_000, 131_072));
  expect(asked).toEqual(['bytes=0-131071']);
  expect(await file.read(131_001, 72)).toEqual(bytes.slice(131_001, 131_073));
  expect(asked).toEqual(['bytes=0-131071', 'bytes=131001-131072']);
});

it('reading beyond the end of a file says how long it is', async () => {
  serveParts(new Uint8Array(200_000));
  await expect((await opened()).read(199_999, 2)).rejects.toMatchObject({
    code: 'download-incomplete',
    message: expect.stringMatching(/ends after 200000 bytes, but 200001 are needed/u) as string,
  });
});

it('a part that is shorter than was asked for is the whole file, though Content-Range is hidden', async () => {
  served('12345', { status: 206 });
  expect(await opened()).toMatchObject({ size: 5, acceptsRanges: true });
});

it('a part that begins elsewhere is not taken for the start', async () => {
  served('56789', { status: 206, headers: { 'Content-Range': 'bytes 5-9/10' } });
  await expect(open()).rejects.toMatchObject({
    code: 'http-status',
    message: expect.stringContaining('example.org sent another part of a.safetensors') as string,
  });
});

it('a small file of a host without Range is read once', async () => {
  let asked = 0;
  const answer = () => {
    asked += 1;
    return new Response('0123456789'.repeat(100), { headers: { 'Content-Length': '1000' } });
  };
  serve(answer, answer);
  const file = await opened();
  expect(await file.read(994, 2)).toEqual(new TextEncoder().encode('45'));
  expect([file.size, asked]).toEqual([1000, 1]);
});

it('a large page of a host without Range is a page', async () => {
  served('<html>', { headers: { 'Content-Length': `${64 * mebibyte + 1}` } });
  expect(await open()).toBe('html');
});

it.each([
  [404, {}],
  [500, {}],
  [200, { 'Content-Type': 'text/html' }],
])('an answer that is not read is given up: status %i %j', async (status, headers) => {
  let isGivenUp = false;
  const body = new ReadableStream({
    cancel: () => {
      isGivenUp = true;
    },
  });
  served(body, { status, headers });
  if (status === 500) await expect(open()).rejects.toMatchObject({ code: 'http-status' });
  else await open();
  expect(isGivenUp).toBe(true);
});
