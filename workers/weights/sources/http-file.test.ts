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
  await expect(open()).rejects.toThrow(/example\.org does not tell the size of its files/);
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
