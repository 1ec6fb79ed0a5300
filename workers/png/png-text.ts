import type { PngText } from '../api.ts';
import { PinwordError } from '../errors.ts';
import { inflate } from './inflate.ts';
import { damaged, encodeChunk, latin1Bytes, latin1Text, type PngChunk, readChunks } from './png-chunks.ts';

const textTypes: ReadonlySet<string> = new Set(['tEXt', 'zTXt', 'iTXt']);
/** Compressed text that grows beyond this, all chunks together, is refused. */
const maxInflatedBytes = 16 * 1024 * 1024;

/**
 * The text chunks of a PNG (tEXt, zTXt, iTXt) in file order.
 * @throws PinwordError 'not-an-image' | 'image-truncated' | 'image-format'.
 */
export async function readPngText(png: Uint8Array<ArrayBuffer>): Promise<readonly PngText[]> {
  const texts: PngText[] = [];
  let budget = maxInflatedBytes;
  for (const chunk of readChunks(png)) {
    if (!textTypes.has(chunk.type)) continue;
    const { keyword, bytes, compressed, utf8 } = splitText(chunk);
    const plain = compressed ? await inflate(bytes, budget) : bytes;
    if (compressed) budget -= plain.length;
    texts.push({ keyword, text: utf8 ? utf8Text(plain) : latin1Text(plain) });
  }
  return texts;
}

/**
 * A PNG with these texts as uncompressed iTXt right after its header; text that it had under the same keywords is left
 * out. Pixels are untouched.
 * @throws PinwordError 'setting-out-of-range' for a keyword that PNG does not allow; as readPngText.
 */
export function insertPngText(png: Uint8Array<ArrayBuffer>, texts: readonly PngText[]): Uint8Array<ArrayBuffer> {
  const keywords = new Set(texts.map(({ keyword }) => keyword));
  const parts: Uint8Array[] = [png.subarray(0, 8)];
  for (const chunk of readChunks(png)) {
    const isReplaced = textTypes.has(chunk.type) && keywords.has(splitText(chunk).keyword);
    if (!isReplaced) parts.push(png.subarray(chunk.start, chunk.end));
    if (chunk.type === 'IHDR') parts.push(...texts.map(encodeText));
  }
  return concatenate(parts);
}

interface SplitText {
  readonly keyword: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly compressed: boolean;
  readonly utf8: boolean;
}

function splitText({ type, data }: PngChunk): SplitText {
  const keyword = latin1Text(data.subarray(0, endOfField(data, 0)));
  if (!isKeyword(keyword)) throw damaged(`its text chunk ${type} has no keyword`);
  const after = keyword.length + 1;
  if (type === 'tEXt') return { keyword, bytes: data.subarray(after), compressed: false, utf8: false };
  const method = type === 'zTXt' ? after : after + 1;
  const isKnownMethod = data[method] === 0 && (type === 'zTXt' || (data[after] ?? 2) <= 1);
  if (!isKnownMethod) throw damaged(`its text chunk ${type} is compressed in an unknown way`);
  if (type === 'zTXt') return { keyword, bytes: data.subarray(method + 1), compressed: true, utf8: false };
  const language = endOfField(data, method + 1);
  const translation = endOfField(data, language + 1);
  return { keyword, bytes: data.subarray(translation + 1), compressed: data[after] === 1, utf8: true };
}

function endOfField(data: Uint8Array, start: number): number {
  const end = data.indexOf(0, start);
  if (end === -1) throw damaged('a text chunk is cut off');
  return end;
}

/** 1–79 printable Latin-1 characters, single spaces inside only (section 11.3.3.2). */
function isKeyword(keyword: string): boolean {
  return keyword.length <= 79 && /^[\x21-\x7e\xa1-\xff]+(?: [\x21-\x7e\xa1-\xff]+)*$/.test(keyword);
}

function encodeText({ keyword, text }: PngText): Uint8Array {
  if (!isKeyword(keyword))
    throw new PinwordError(
      'setting-out-of-range',
      `A PNG cannot hold text under the keyword ${JSON.stringify(keyword.slice(0, 100))}.`,
    );
  // No compression, no language, no translated keyword. A zero would end the text in many readers.
  return encodeChunk(
    'iTXt',
    concatenate([latin1Bytes(keyword), new Uint8Array(5), new TextEncoder().encode(text.replaceAll('\0', ''))]),
  );
}

function utf8Text(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (error) {
    throw damaged('a text chunk is not UTF-8', error);
  }
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
