import { PinwordError } from '../../errors.ts';
import { bodyChunks, incomplete, parseContentRange } from './http-body.ts';
import { type HttpFileOptions, request, statusError, wait } from './http.ts';

interface RangeTarget {
  readonly name: string;
  readonly url: string;
  /** Bytes. */
  readonly size: number;
  readonly validator: string | null;
  readonly acceptsRanges: boolean;
}

/** The file was replaced on the server between two requests, so that their bytes do not belong together. */
export class RemoteChangedError extends PinwordError {
  constructor(name: string) {
    super(
      'download-incomplete',
      `${name} was replaced on the server while it was downloaded. Load the model again to start over with the new file.`,
    );
  }
}

/** Attempts in a row that bring no byte before a broken download is given up. */
const maxFruitless = 3;

/** Streams ranges of one version of one file, asking again for the rest where the connection breaks. */
export class RangeReader {
  readonly #target: RangeTarget;
  readonly #options: HttpFileOptions;
  #ifRange: boolean;

  constructor(target: RangeTarget, options: HttpFileOptions) {
    this.#target = target;
    this.#options = options;
    // A weak ETag is not allowed in If-Range (RFC 9110, 13.1.5).
    this.#ifRange = options.ifRange === true && target.validator?.startsWith('W/') === false;
  }

  /** @throws PinwordError 'download-incomplete' | 'network' | 'http-status' | 'cancelled' */
  async *stream(offset: number, length: number): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
    const end = Math.min(offset + length, this.#target.size);
    let position = offset;
    let fruitless = 0;
    while (position < end) {
      const before = position;
      try {
        for await (const chunk of this.#once(position, end)) {
          position += chunk.length;
          yield chunk;
        }
        if (position < end) throw incomplete(this.#target.name);
      } catch (thrown) {
        fruitless = position > before ? 0 : fruitless + 1;
        if (!isInterruption(thrown) || fruitless === maxFruitless) throw thrown;
        await (this.#options.wait ?? wait)(1000 * 2 ** fruitless, this.#options.signal);
      }
    }
  }

  /** One request for [start, end), ended early by the server or not. */
  async *#once(start: number, end: number): AsyncGenerator<Uint8Array<ArrayBuffer>, void, undefined> {
    const { name } = this.#target;
    const response = await this.#get(start, end);
    const first = await this.#firstByte(response, start);
    let skip = start - first;
    let left = end - start;
    for await (const chunk of bodyChunks(response, name, this.#options)) {
      const piece = chunk.subarray(skip, skip + left);
      skip -= Math.min(skip, chunk.length);
      left -= piece.length;
      if (piece.length > 0) yield piece;
      if (left === 0) return;
    }
  }

  async #get(start: number, end: number): Promise<Response> {
    const { url, validator } = this.#target;
    const range = { Range: `bytes=${start}-${end - 1}` };
    if (!this.#ifRange || validator === null) return request(url, { headers: range }, this.#options);
    try {
      return await request(url, { headers: { ...range, 'If-Range': validator } }, this.#options);
    } catch (thrown) {
      if (!(thrown instanceof PinwordError && thrown.code === 'network')) throw thrown;
      this.#ifRange = false;
      return request(url, { headers: range }, this.#options);
    }
  }

  /** The offset in the file at which the body begins. @throws RemoteChangedError where it is of another version. */
  async #firstByte(response: Response, start: number): Promise<number> {
    const { name, url, size, validator } = this.#target;
    const found = response.headers.get('ETag') ?? response.headers.get('Last-Modified');
    const changed = validator !== null && found !== null && found !== validator;
    const range = parseContentRange(response.headers.get('Content-Range'));
    const misplaced = response.status === 206 && range !== null && (range.start !== start || range.total !== size);
    if (response.ok && !changed && !misplaced && this.#mayBe(response)) return response.status === 206 ? start : 0;
    await response.body?.cancel();
    if (response.ok || response.status === 416) throw new RemoteChangedError(name);
    throw statusError(response, name, url);
  }

  /** A whole file in answer to a Range is of the same version only where that is known. */
  #mayBe(response: Response): boolean {
    const { validator, acceptsRanges } = this.#target;
    if (response.status === 206 || !acceptsRanges) return true;
    return validator !== null && (response.headers.get('ETag') ?? response.headers.get('Last-Modified')) === validator;
  }
}

function isInterruption(thrown: unknown): boolean {
  if (thrown instanceof RemoteChangedError || !(thrown instanceof PinwordError)) return false;
  return thrown.code === 'download-incomplete' || thrown.code === 'network';
}
