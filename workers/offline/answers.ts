/** Answers that a host would give: with the headers of an isolated page, and of parts of files. */

/** As in hosting/headers.ts. A host that sends them keeps its own. */
const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
  'Cross-Origin-Resource-Policy': 'same-origin',
} as const;

/** The same answer, with which a page is isolated. One that nobody may read is left alone. */
export function isolated(answer: Response): Response {
  if (answer.type === 'opaque' || answer.type === 'opaqueredirect' || answer.type === 'error') return answer;
  const headers = new Headers(answer.headers);
  for (const [name, value] of Object.entries(isolation)) if (!headers.has(name)) headers.set(name, value);
  const { status, statusText } = answer;
  const isEmpty = status === 204 || status === 205 || status === 304;
  return new Response(isEmpty ? null : answer.body, { status, statusText, headers });
}

/** A file as it is kept: its bytes are no longer compressed, whatever the host did on the way. */
export function wholeFile(bytes: ArrayBuffer, sent: Headers): Response {
  const headers = new Headers(sent);
  for (const name of ['Content-Encoding', 'Content-Range', 'Transfer-Encoding']) headers.delete(name);
  headers.set('Content-Length', String(bytes.byteLength));
  headers.set('Accept-Ranges', 'bytes');
  return new Response(bytes, { headers });
}

/** What HEAD gets. */
export function withoutBody({ headers }: Response): Response {
  return new Response(null, { headers });
}

interface ByteRange {
  readonly start: number;
  /** Behind the last byte. */
  readonly end: number;
}

/** @returns null where the header asks for nothing that one part can answer */
export function rangeOf(header: string | null, size: number): ByteRange | null {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/u.exec(header ?? '') ?? [];
  if (from === undefined || to === undefined || (from === '' && to === '')) return null;
  const start = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const end = from === '' || to === '' ? size : Math.min(size, Number(to) + 1);
  return start < end ? { start, end } : null;
}

/** The part of a whole answer that a request asks for. */
export async function partOf(whole: Response, header: string | null): Promise<Response> {
  if (header === null) return whole;
  const bytes = await whole.blob();
  const range = rangeOf(header, bytes.size);
  if (range === null) {
    return new Response(null, { status: 416, headers: { 'Content-Range': `bytes */${bytes.size}` } });
  }
  const headers = new Headers(whole.headers);
  headers.set('Content-Range', `bytes ${range.start}-${range.end - 1}/${bytes.size}`);
  headers.set('Content-Length', String(range.end - range.start));
  return new Response(bytes.slice(range.start, range.end), { status: 206, headers });
}
