/** Pieces of pickles as text of one byte a character, written independently of the reader under test. */

/** A short text (SHORT_BINUNICODE). */
export function pickledText(value: string): string {
  return `\x8c${String.fromCharCode(value.length)}${value}`;
}

/** A name (GLOBAL). */
export function pickledName(module: string, name: string): string {
  return `c${module}\n${name}\n`;
}

/** A storage of up to 255 elements. */
export function pickledStorage(type: string, key: string, count: number): string {
  const parts = [pickledText('storage'), type, pickledText(key), pickledText('cpu')];
  return `(${parts.join('')}K${String.fromCharCode(count)}tQ`;
}

/** Its bytes. */
export function pickleBytes(pickle: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(pickle, 'latin1'));
}
