/**
 * A Blob whose streams live until they are read. Chromium's garbage collector takes a Blob's stream while a read into
 * the reader's own buffer (BYOB) is pending on it, and that read then never ends; WebKit has had the same defect. The
 * runtime reads weights just so, one range of a file at a time, hence the last stream is enough to hold.
 */
export class HeldBlob extends Blob {
  #reading: ReadableStream<Uint8Array<ArrayBuffer>> | undefined;

  /** @returns the bytes [start, end); its stream is held by this Blob, not by the part */
  override slice(start?: number, end?: number, type?: string): Blob {
    const part = super.slice(start, end, type);
    const open = part.stream.bind(part);
    part.stream = () => {
      this.#reading = open();
      return this.#reading;
    };
    return part;
  }
}
