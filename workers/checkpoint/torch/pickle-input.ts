import { PickleRefusal, PickleTruncation } from './pickle-values.ts';

const decoder = new TextDecoder();

/** The bytes of a pickle, read from the front. */
export class PickleInput {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at: number;

  constructor(bytes: Uint8Array, from: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = from;
  }

  /** Where the next byte lies. */
  get at(): number {
    return this.#at;
  }

  /** @returns where the skipped bytes begin. @throws PickleTruncation */
  skip(length: number): number {
    const start = this.#at;
    if (length > this.#bytes.length - start) throw new PickleTruncation('its pickle is cut off');
    this.#at = start + length;
    return start;
  }

  byte(): number {
    return this.#view.getUint8(this.skip(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.skip(2), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.skip(4), true);
  }

  /** A length of eight bytes. Beyond 2^53 it is not exact: no pickle is as long. */
  uint64(): number {
    return Number(this.#view.getBigUint64(this.skip(8), true));
  }

  int32(): number {
    return this.#view.getInt32(this.skip(4), true);
  }

  /** Big-endian, unlike everything else. */
  float64(): number {
    return this.#view.getFloat64(this.skip(8), false);
  }

  text(length: number): string {
    const start = this.skip(length);
    return decoder.decode(this.#bytes.subarray(start, start + length));
  }

  line(): string {
    const end = this.#bytes.subarray(0, this.#at + 1001).indexOf(0x0a, this.#at);
    if (end === -1) throw new PickleTruncation('its pickle is cut off');
    const line = this.text(end - this.#at);
    this.skip(1);
    return line;
  }

  /** Two's complement, little-endian. */
  long(length: number): number {
    const start = this.skip(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.#bytes[start + i] ?? 0);
    const signed = Number(BigInt.asIntN(length * 8, value));
    if (!Number.isSafeInteger(signed)) throw new PickleRefusal('it holds a whole number beyond 2^53');
    return signed;
  }
}
