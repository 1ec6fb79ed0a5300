/** Pictures as one zip file, written while it is made where the browser can do that. */
import { downloadZip } from 'client-zip';
import { saveFile } from '../../ui/save-file.ts';
import { toast } from '../../ui/toast.ts';
import { fileName } from './metadata.ts';
import type { PictureRecord } from './picture-record.ts';

interface ZipEntry {
  readonly name: string;
  readonly lastModified: Date;
  readonly input: Blob;
}

/** Names that differ in any file system. */
export function zipEntries(pictures: readonly PictureRecord[]): readonly ZipEntry[] {
  const uses = new Map<string, number>();
  return pictures.map(({ recipe, createdAt, png }) => {
    const name = fileName(recipe);
    const use = (uses.get(name.toLowerCase()) ?? 0) + 1;
    uses.set(name.toLowerCase(), use);
    return {
      name: use === 1 ? name : name.replace(/\.png$/u, `-${use}.png`),
      lastModified: new Date(createdAt),
      input: png,
    };
  });
}

/** Hands the zip to the browser. What goes wrong is said; the pictures stay. */
export async function saveZip(pictures: readonly PictureRecord[]): Promise<void> {
  try {
    saveFile(await downloadZip(zipEntries(pictures)).blob(), 'pinword-pictures.zip');
  } catch {
    toast.error(
      'The zip could not be written: the disk may be full, or a picture can no longer be read. Choose fewer pictures. All of them are still here.',
    );
  }
}
