/** Pictures as one zip file, written while it is made where the browser can do that. */
import { downloadZip } from 'client-zip';
import { saveFile } from '../../ui/save-file.ts';
import { toast } from '../../ui/toast.ts';
import { nameOfPicture, TakenNames } from './folder/file-names.ts';
import type { PictureRecord } from './picture-record.ts';

export interface ZipEntry {
  readonly name: string;
  readonly lastModified: Date;
  readonly input: Blob;
}

/** Names that differ in any file system. */
export function zipEntries(pictures: readonly PictureRecord[]): readonly ZipEntry[] {
  const taken = new TakenNames();
  return pictures.map((picture) => ({
    name: taken.take(nameOfPicture(picture)),
    lastModified: new Date(picture.createdAt),
    input: picture.png,
  }));
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
