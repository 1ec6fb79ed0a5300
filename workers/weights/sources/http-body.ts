import { patience, within } from '../../contract/within.ts';
import { PinwordError } from '../../errors.ts';
import { throwIfCancelled } from './http.ts';

interface ContentRange {
  readonly start: number;
  readonly end: number;
  readonly total: number;
}

/** Parses "bytes 0-99/1234" (RFC 9110, 14.4). @returns null where it is absent, unreadable or of unknown total. */
export function parseContentRange(header: string | null): ContentRange | null {
  const match = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(header?.trim() ?? '');
  if (match === null) return null;
  const [start, end, total] = match.slice(1).map(Number);
  if (start === undefined || end === undefined || total === undefined || end < start || end >= total) return null;
  return { start, end, total };
}

/** Content-Length where it counts the bytes that will arrive; null where it is absent or counts compressed ones. */
export function declaredLength(response: Response): number | null {
  const header = response.headers.get('Content-Length');
  const encoding = response.headers.get('Content-Encoding') ?? 'identity';
  return header === null || encoding !== 'identity' ? null : Number(header);
}

interface BodyOptions {
  readonly signal?: AbortSignal;
  readonly onBytes?: (bytes: number) => void;
}

/**
 * The body of an answer in the pieces in which it arrives. Ending early closes the connection.
 * @throws PinwordError 'download-incomplete' when the connection breaks or falls silent (one that has died, in sleep or
 *   with a change of network, is only known by its silence) | 'cancelled'
 */
export async function* bodyChunks(
  response: Response,
  name: string,
  options: BodyOptions,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  const reader = response.body?.getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const read = within(patience.network, reader.read(), () => {
        throw new Error('The connection fell silent.');
      });
      const { done, value } = await read.catch((thrown: unknown) => {
        throwIfCancelled(options.signal);
        throw incomplete(name, thrown);
      });
      if (done) return;
      options.onBytes?.(value.length);
      yield value;
    }
  } finally {
    // Not waited for: a body that has failed cannot be cancelled, and one that is silent may not answer.
    void reader.cancel().catch(() => undefined);
  }
}

export function incomplete(name: string, cause?: unknown): PinwordError {
  return new PinwordError(
    'download-incomplete',
    `The download of ${name} broke off. Load the model again to go on where it ended.`,
    { cause },
  );
}

/** The first `limit` bytes of a stream, or all where it has fewer, in one buffer. */
export async function collect(
  chunks: AsyncIterable<Uint8Array<ArrayBuffer>>,
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    const piece = chunk.subarray(0, limit - length);
    pieces.push(piece);
    length += piece.length;
    if (length === limit) break;
  }
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const piece of pieces) {
    bytes.set(piece, offset);
    offset += piece.length;
  }
  return bytes;
}
