import { PinwordError } from '../../errors.ts';
import type { ByteSource } from '../bytes/byte-source.ts';
import { type JsonBounds, parseForeignJson, plainJson } from './foreign-json.ts';

/** Configs are a few kilobytes; a tokenizer.json is a few megabytes. */
const maxBytes = 32 * 1024 * 1024;

/** A tokenizer.json of CLIP holds 200,000 values; configs nest five deep. */
const bounds: JsonBounds = { maxDepth: 32, maxValues: 1_000_000, refusesRepeatedKeys: false };

/** @throws PinwordError 'bad-json' with the file's name, and what reading throws */
export async function parseJson(file: ByteSource): Promise<unknown> {
  if (file.size > maxBytes)
    throw new PinwordError(
      'bad-json',
      `${file.name} is too large for a JSON file of a model (${file.size} bytes). Choose another model.`,
    );
  const text = decode(file.name, await file.read(0, file.size));
  try {
    return parseJsonText(text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw notJson(file.name, error.message, error);
  }
}

/** JSON that came some other way than as a file. @throws SyntaxError */
export function parseJsonText(text: string): unknown {
  return plainJson(parseForeignJson(text, bounds));
}

function decode(name: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw notJson(name, 'it is not UTF-8 text', error);
  }
}

function notJson(name: string, what: string, cause: unknown): PinwordError {
  return new PinwordError('bad-json', `${name} is not valid JSON: ${what}. Download the file again.`, { cause });
}
