import { PinwordError } from '../../errors.ts';

const decoder = new TextDecoder('latin1');

/** Bytes needed by looksLikeHtml and refuseLfsPointer. */
export const guardLength = 512;

/** True where a file begins like a web page: what hosts send instead of a missing file, or a sign-in page. */
export function looksLikeHtml(start: Uint8Array): boolean {
  const text = decoder
    .decode(start.subarray(0, guardLength))
    .replace(/^\u00ef\u00bb\u00bf/, '')
    .trimStart()
    .toLowerCase();
  return text.startsWith('<!doctype html') || text.startsWith('<html');
}

export function htmlError(name: string): PinwordError {
  return new PinwordError(
    'not-a-model-file',
    `Instead of ${name} came a web page. Check the address: it must lead to the files themselves, not to a page about them.`,
  );
}

/** @throws PinwordError 'not-a-model-file' where the file is the small text that git keeps in place of a large file. */
export function refuseLfsPointer(name: string, start: Uint8Array): void {
  const text = decoder.decode(start.subarray(0, guardLength));
  if (!text.startsWith('version https://git-lfs.github.com/spec/')) return;
  throw new PinwordError(
    'not-a-model-file',
    `${name} is only a Git LFS pointer, not the model itself. Fetch the large files (git lfs pull) or download the file from its page.`,
  );
}
