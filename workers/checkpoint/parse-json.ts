import type { ByteSource } from './byte-source.ts';
import { PinwordError } from '../errors.ts';

/** Configs are a few kilobytes; a tokenizer.json is a few megabytes. */
const maxBytes = 64 * 1024 * 1024;

/** @throws PinwordError 'bad-json' with the file's name, and what reading throws */
export async function parseJson(file: ByteSource): Promise<unknown> {
  if (file.size > maxBytes) throw new PinwordError('bad-json', `${file.name} is too large for a JSON file.`);
  const text = new TextDecoder().decode(await file.read(0, file.size));
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error);
    throw new PinwordError('bad-json', `${file.name} is not valid JSON (${words}). Download the file again.`, {
      cause: error,
    });
  }
}
