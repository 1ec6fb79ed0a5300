import { type ByteSource, blobSource } from '../../checkpoint/bytes/byte-source.ts';
import { PinwordError } from '../../errors.ts';
import { guardLength, looksLikeHtml, refuseLfsPointer } from './content-guard.ts';
import { bodyChunks, collect, declaredLength, parseContentRange } from './http-body.ts';
import { hostOf, type HttpFileOptions, request, statusError } from './http.ts';
import type { RemoteFacts } from './remote-facts.ts';
import { RangeReader } from './range-reader.ts';

/** A file on a server. */
interface RemoteFile extends ByteSource, RemoteFacts {
  readonly url: string;
  stream(offset: number, length: number): AsyncIterable<Uint8Array<ArrayBuffer>>;
}

/** The first request asks for this much: a safetensors header, or the whole of a small file. */
const probeLength = 128 * 1024;
/** Files up to this size are kept in memory where the host has no Range. */
const wholeFileLimit = 64 * 1024 * 1024;

/**
 * Opens a file behind a URL with one partial request, which also shows whether the host supports Range.
 * @returns null where there is no such file; the string 'html' where a web page came instead of it.
 * @throws PinwordError 'http-status' | 'not-a-model-file' | 'network' | 'download-incomplete' | 'cancelled'
 */
export async function openHttpFile(
  name: string,
  url: string,
  options: HttpFileOptions,
): Promise<RemoteFile | 'html' | null> {
  const headers = { Range: `bytes=0-${probeLength - 1}` };
  const response = await request(url, { headers }, options);
  if (response.status === 404 || response.status === 410) {
    await response.body?.cancel();
    return null;
  }
  if (response.status === 416) return wholeFile(name, url, response, new Blob(), options);
  if (!response.ok) {
    await response.body?.cancel();
    throw statusError(response, name, url);
  }
  if (isHtmlType(response) && !/\.html?$/i.test(name)) {
    await response.body?.cancel();
    return 'html';
  }
  return response.status === 206 ? openPartial(name, url, response, options) : openWhole(name, url, response, options);
}

function isHtmlType(response: Response): boolean {
  return /^\s*(text\/html|application\/xhtml)/i.test(response.headers.get('Content-Type') ?? '');
}

async function openPartial(
  name: string,
  url: string,
  response: Response,
  options: HttpFileOptions,
): Promise<RemoteFile | 'html'> {
  const start = await collect(bodyChunks(response, name, options), probeLength);
  if (looksLikeHtml(start)) return 'html';
  refuseLfsPointer(name, start);
  refuseOtherPart(name, url, response);
  const size = await totalSize(url, response, start, options);
  if (start.length === size) return wholeFile(name, url, response, new Blob([start]), options);
  return rangedFile(name, url, response, { start, size, acceptsRanges: true }, options);
}

/** A range that does not begin where it was asked for would be read as the start of the file. */
function refuseOtherPart(name: string, url: string, response: Response): void {
  const first = parseContentRange(response.headers.get('Content-Range'))?.start ?? 0;
  if (first === 0) return;
  throw new PinwordError(
    'http-status',
    `${hostOf(url)} sent another part of ${name} than was asked for. Download the model and open it as a folder.`,
  );
}

async function totalSize(
  url: string,
  response: Response,
  start: Uint8Array,
  options: HttpFileOptions,
): Promise<number> {
  const total = parseContentRange(response.headers.get('Content-Range'))?.total;
  if (total !== undefined) return total;
  if (start.length < probeLength) return start.length;
  // Content-Range is hidden from other origins unless the host exposes it; Content-Length never is.
  const head = await request(url, { method: 'HEAD' }, options);
  const length = head.ok ? declaredLength(head) : null;
  if (length === null) throw unknownSize(url);
  return length;
}

function unknownSize(url: string): PinwordError {
  return new PinwordError(
    'http-status',
    `${hostOf(url)} does not tell the size of its files, so they cannot be read in parts. Download the model and open it as a folder.`,
  );
}

async function openWhole(
  name: string,
  url: string,
  response: Response,
  options: HttpFileOptions,
): Promise<RemoteFile | 'html'> {
  const size = declaredLength(response);
  const chunks = bodyChunks(response, name, options);
  if (size !== null && size > wholeFileLimit) {
    const start = await collect(chunks, guardLength);
    if (looksLikeHtml(start)) return 'html';
    return rangedFile(name, url, response, { start, size, acceptsRanges: false }, options);
  }
  // One byte more than the limit tells that there is more.
  const bytes = await collect(chunks, wholeFileLimit + 1);
  if (bytes.length > wholeFileLimit) throw unknownSize(url);
  const blob = new Blob([bytes]);
  const start = new Uint8Array(await blob.slice(0, guardLength).arrayBuffer());
  if (looksLikeHtml(start)) return 'html';
  refuseLfsPointer(name, start);
  return wholeFile(name, url, response, blob, options);
}

function validatorOf(response: Response): string | null {
  return response.headers.get('ETag') ?? response.headers.get('Last-Modified');
}

function wholeFile(name: string, url: string, response: Response, blob: Blob, options: HttpFileOptions): RemoteFile {
  const source = blobSource(name, blob);
  const stream = async function* (offset: number, length: number) {
    yield await source.read(offset, length);
  };
  return {
    ...source,
    url,
    stream,
    validator: validatorOf(response),
    acceptsRanges: true,
    sha256: options.sha256 ?? null,
  };
}

interface FileStart {
  readonly start: Uint8Array<ArrayBuffer>;
  readonly size: number;
  readonly acceptsRanges: boolean;
}

function rangedFile(
  name: string,
  url: string,
  response: Response,
  { start, size, acceptsRanges }: FileStart,
  options: HttpFileOptions,
): RemoteFile {
  const validator = validatorOf(response);
  const reader = new RangeReader({ name, url, size, validator, acceptsRanges }, options);
  return {
    name,
    url,
    size,
    validator,
    acceptsRanges,
    sha256: options.sha256 ?? null,
    stream: (offset, length) => reader.stream(offset, length),
    read: async (offset, length) => {
      if (offset + length <= start.length) return start.slice(offset, offset + length);
      const bytes = await collect(reader.stream(offset, length), length);
      if (bytes.length === length) return bytes;
      throw new PinwordError(
        'download-incomplete',
        `${name} ends after ${size} bytes, but ${offset + length} are needed. The file on the server is incomplete.`,
      );
    },
  };
}
