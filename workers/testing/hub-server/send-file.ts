import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Fault } from './faults.ts';
import type { RepositoryFile } from './repository.ts';

interface Delivery {
  readonly file: RepositoryFile;
  /** Quoted. */
  readonly etag: string;
  readonly contentType: string;
  readonly faults: readonly Fault[];
  /** Called with the size of every piece that was sent. */
  readonly onSent: (bytes: number) => void;
}

interface ByteRange {
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
}

/** Sends a file or the part that was asked for, as RFC 9110 says, but for the faults. */
export async function sendFile(request: IncomingMessage, response: ServerResponse, delivery: Delivery): Promise<void> {
  const { file, etag, contentType, faults } = delivery;
  const changed = faults.some(({ kind }) => kind === 'changed');
  const tag = changed ? `"changed-${etag.slice(1)}` : etag;
  const range = faults.some(({ kind }) => kind === 'ignore-range') ? null : requestedRange(request, file.size, tag);
  const headers = { ETag: tag, 'Content-Type': contentType, 'Accept-Ranges': 'bytes' };
  if (range === 'unsatisfiable') {
    response.writeHead(416, { ...headers, 'Content-Range': `bytes */${file.size}` }).end();
    return;
  }
  const { start, end } = range ?? { start: 0, end: file.size };
  const part = range === null ? {} : { 'Content-Range': `bytes ${start}-${end - 1}/${file.size}` };
  response.writeHead(range === null ? 200 : 206, { ...headers, ...part, 'Content-Length': end - start });
  if (request.method === 'HEAD' || end === start) {
    response.end();
    return;
  }
  await sendBytes(response, delivery, { start, end });
}

function requestedRange(request: IncomingMessage, size: number, etag: string): ByteRange | 'unsatisfiable' | null {
  const match = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const ifRange = request.headers['if-range'];
  if (match === null || (ifRange !== undefined && ifRange !== etag)) return null;
  const start = Number(match[1]);
  const end = match[2] === '' ? size : Math.min(size, Number(match[2]) + 1);
  return start >= size || end <= start ? 'unsatisfiable' : { start, end };
}

async function sendBytes(
  response: ServerResponse,
  { file, faults, onSent }: Delivery,
  { start, end }: ByteRange,
): Promise<void> {
  let offset = start;
  for await (const chunk of createReadStream(file.location, { start, end: end - 1, highWaterMark: 64 * 1024 })) {
    if (!(chunk instanceof Uint8Array) || response.destroyed) return;
    const cut = faults.find((fault) => fault.kind === 'cut' && fault.at < offset + chunk.length);
    const bytes = spoil(chunk.slice(), offset, faults);
    const silence = faults.find((fault) => fault.kind === 'silence' && fault.at < offset + chunk.length);
    if (silence?.kind === 'silence') {
      response.write(bytes.subarray(0, Math.max(0, silence.at - offset)));
      return;
    }
    if (cut?.kind === 'cut') {
      response.write(bytes.subarray(0, Math.max(0, cut.at - offset)), () => response.destroy());
      return;
    }
    if (!response.write(bytes)) await drained(response);
    onSent(bytes.length);
    const slow = faults.find(({ kind }) => kind === 'slow');
    if (slow?.kind === 'slow') await delay((1000 * chunk.length) / slow.bytesPerSecond);
    offset += chunk.length;
  }
  response.end();
}

function spoil(bytes: Uint8Array, offset: number, faults: readonly Fault[]): Uint8Array {
  for (const fault of faults) {
    if (fault.kind === 'changed') return bytes.map((byte) => byte ^ 0xff);
    if (fault.kind === 'wrong-byte' && fault.at >= offset && fault.at < offset + bytes.length) {
      bytes[fault.at - offset] = (bytes[fault.at - offset] ?? 0) ^ 1;
    }
  }
  return bytes;
}

/** Settles also when the other side goes away. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      response.off('drain', settle).off('close', settle);
      resolve();
    };
    response.on('drain', settle).on('close', settle);
  });
}
