/** Pictures as files: with what is pinned on them where the person agreed to that. */
import type { EngineApi } from '../../../workers/api.ts';
import { saveFile } from '../../ui/save-file.ts';
import { toast } from '../../ui/toast.ts';
import { withoutPinned, withPinned } from './carried.ts';
import { mayCarry } from './carry-question.ts';
import { fileName } from './metadata.ts';
import type { PictureRecord, Recipe } from './picture-record.ts';

export type PngFiller = Pick<EngineApi, 'shrinkPicture' | 'fillPng'>;

/** Says which pinned pictures a file that was saved does not carry. */
export function tellLeft(left: readonly string[]): void {
  if (left.length === 0) return;
  const names = [...new Set(left)].slice(0, 5).join(', ');
  toast.warning(
    `Saved without these pinned pictures, which could not be read or made small: ${names}. Pin them again to take them along.`,
  );
}

/** Hands a picture to the browser's downloads. */
export async function savePicture(engine: PngFiller, picture: PictureRecord): Promise<void> {
  const carries = await mayCarry([picture.recipe]);
  if (carries === null) return;
  const filled = await fileOf(engine, picture, carries);
  saveFile(filled.png, fileName(picture.recipe));
  tellLeft(filled.left);
}

/** A picture as a file. One that was taken in from elsewhere keeps what it came with, or loses it. */
export async function fileOf(
  engine: PngFiller,
  { png, recipe, isForeign }: PictureRecord,
  carries: boolean,
): Promise<Awaited<ReturnType<typeof withPinned>>> {
  if (isForeign === true) return { png: carries ? png : ((await withoutPinned(engine, png)) ?? png), left: [] };
  return carries ? withPinned(engine, png, recipe) : { png, left: [] };
}

/** Hands a PNG that is made of pictures to the browser's downloads. @throws as `make` */
export async function saveWith(
  engine: PngFiller,
  recipe: Recipe,
  name: string,
  make: () => Promise<Blob>,
): Promise<void> {
  const carries = await mayCarry([recipe]);
  if (carries === null) return;
  const png = await make();
  const filled = carries ? await withPinned(engine, png, recipe) : { png, left: [] };
  saveFile(filled.png, name);
  tellLeft(filled.left);
}
