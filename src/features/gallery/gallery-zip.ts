/** Pictures as one zip file, written while it is made where the browser can do that. */
import { downloadZip } from 'client-zip';
import { saveFile } from '../../ui/save-file.ts';
import { toast } from '../../ui/toast.ts';
import { mayCarry } from './carry-question.ts';
import { nameOfPicture, TakenNames } from './folder/file-names.ts';
import type { PictureRecord } from './picture-record.ts';
import { fileOf, tellLeft, type PngFiller } from './save-pictures.ts';

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
export async function saveZip(engine: PngFiller, pictures: readonly PictureRecord[]): Promise<void> {
  const carries = await mayCarry(pictures.map(({ recipe }) => recipe));
  if (carries === null) return;
  const left: string[] = [];
  try {
    const entries = asFiles(engine, pictures, carries, left);
    saveFile(await downloadZip(entries).blob(), 'pinword-pictures.zip');
    tellLeft(left);
  } catch {
    toast.error(
      'The zip could not be written: the disk may be full, or a picture can no longer be read. Choose fewer pictures. All of them are still here.',
    );
  }
}

/** One picture after the other, as the zip is written. @param left gets the names of what could not be taken along */
async function* asFiles(
  engine: PngFiller,
  pictures: readonly PictureRecord[],
  carries: boolean,
  left: string[],
): AsyncGenerator<ZipEntry> {
  for (const [index, entry] of zipEntries(pictures).entries()) {
    const picture = pictures[index];
    if (picture === undefined) continue;
    const filled = await fileOf(engine, picture, carries);
    left.push(...filled.left);
    yield { ...entry, input: filled.png };
  }
}
