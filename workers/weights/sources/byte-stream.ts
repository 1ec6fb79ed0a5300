import type { ByteSource } from '../../checkpoint/bytes/byte-source.ts';
import { PinwordError } from '../../errors.ts';

/** Pieces in which sources that have no stream of their own are read. */
const pieceBytes = 8 * 1024 * 1024;

/** Bytes [offset, offset + length) of any source, in order. */
export async function* streamOf(
  source: ByteSource,
  offset: number,
  length: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
  if (source.stream !== undefined) {
    yield* source.stream(offset, length);
    return;
  }
  for (let done = 0; done < length; done += pieceBytes) {
    const piece = await source.read(offset + done, Math.min(pieceBytes, length - done));
    if (piece.length === 0) return;
    yield piece;
  }
}

/** Takes exact amounts from a stream of pieces of any size. */
export class StreamReader {
  readonly #pieces: AsyncIterator<Uint8Array<ArrayBuffer>>;
  readonly #name: string;
  readonly #onRead: (bytes: Uint8Array<ArrayBuffer>) => void;
  #rest: Uint8Array<ArrayBuffer> = new Uint8Array();

  /** `onRead` sees every byte once, in order, as it is taken or skipped. */
  constructor(
    name: string,
    pieces: AsyncIterable<Uint8Array<ArrayBuffer>>,
    onRead: (bytes: Uint8Array<ArrayBuffer>) => void,
  ) {
    this.#name = name;
    this.#pieces = pieces[Symbol.asyncIterator]();
    this.#onRead = onRead;
  }

  /** @throws PinwordError 'download-incomplete' where the stream ends too early. */
  async take(length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(length);
    await this.#consume(length, (piece, at) => {
      bytes.set(piece, at);
    });
    return bytes;
  }

  /** Reads over bytes that are not needed. @throws as take */
  skip(length: number): Promise<void> {
    return this.#consume(length, () => undefined);
  }

  /** Closes the stream behind it; must be called when no more is read. */
  async close(): Promise<void> {
    await this.#pieces.return?.();
  }

  async #consume(length: number, use: (piece: Uint8Array<ArrayBuffer>, at: number) => void): Promise<void> {
    for (let at = 0; at < length;) {
      if (this.#rest.length === 0) this.#rest = await this.#pull();
      const piece = this.#rest.subarray(0, length - at);
      this.#rest = this.#rest.subarray(piece.length);
      this.#onRead(piece);
      use(piece, at);
      at += piece.length;
    }
  }

  async #pull(): Promise<Uint8Array<ArrayBuffer>> {
    for (;;) {
      const next = await this.#pieces.next();
      if (next.done === true)
        throw new PinwordError(
          'download-incomplete',
          `${this.#name} ends too early. Load the model again, or download the file again.`,
        );
      if (next.value.length > 0) return next.value;
    }
  }
}
