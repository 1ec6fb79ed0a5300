import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What every picture of a run is made with, beside its own caption, seed and method. */
interface RunSettings {
  /** Folder of the photos. */
  readonly data: string;
  /** Those of the unattended command. */
  readonly flags: readonly string[];
}

/**
 * Keeps what a folder's pictures are made with beside them: those that are there are not made again, and must not be
 * counted as what they are not.
 * @throws Error where pictures of the folder were made with other settings
 */
export async function keepSettings(out: string, settings: RunSettings): Promise<void> {
  const path = join(out, 'settings.json');
  const text = JSON.stringify(settings, null, 1);
  if (existsSync(path)) {
    const earlier = await readFile(path, 'utf8');
    if (earlier !== text)
      throw new Error(
        `${out} holds pictures that were made with other settings: ${earlier.replaceAll(/\s+/gu, ' ')} Give the same, or choose another folder for --out.`,
      );
    return;
  }
  await mkdir(out, { recursive: true });
  await writeFile(path, text);
}

/** Those whose files are not there yet. */
export function missingOf<T extends { readonly file: string }>(pictures: readonly T[]): readonly T[] {
  return pictures.filter(({ file }) => !existsSync(file));
}
