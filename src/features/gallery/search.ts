/** Finding pictures again: by the words of their caption, and by their settings. */
import { plainText, schedulerLabels } from '../../../workers/api.ts';
import { breathe } from '../../storage/breathe.ts';
import type { PictureRecord } from './picture-record.ts';

export interface Wanted {
  readonly query: string;
  readonly areStarred: boolean;
}

const texts = new WeakMap<PictureRecord['recipe'], string>();

/** All that is looked through, in lower case. */
function textOf({ recipe }: PictureRecord): string {
  const known = texts.get(recipe);
  if (known !== undefined) return known;
  const { compose, embeddings, settings, model } = recipe;
  const text = [
    plainText(compose.caption),
    settings.negativePrompt,
    ...compose.pins.flatMap((pin) => pin.subjects.map(({ name }) => name)),
    ...embeddings.map(({ trigger }) => trigger),
    `seed ${settings.seed}`,
    `${settings.steps} steps`,
    `α ${settings.alpha}`,
    `guidance ${settings.guidanceScale}`,
    `${String(settings.width)}x${String(settings.height)}`,
    schedulerLabels[settings.scheduler],
    model.name,
  ]
    .join('\n')
    .toLowerCase();
  texts.set(recipe, text);
  return text;
}

/** Pictures whose texts are written before the page may answer the person. */
const writtenAtOnce = 100;

/** Writes what is looked through, in pieces: all of it at once would be felt at the first letter. @param isOver ends it */
export async function prepareSearch(pictures: readonly PictureRecord[], isOver: () => boolean): Promise<void> {
  for (const [index, picture] of pictures.entries()) {
    textOf(picture);
    if (index % writtenAtOnce !== writtenAtOnce - 1) continue;
    await breathe();
    if (isOver()) return;
  }
}

/** A number is meant as a whole: 2 is not in 25. */
function stands(text: string, word: string): boolean {
  if (!/^[\d.]+$/u.test(word)) return text.includes(word);
  const escaped = word.replaceAll('.', String.raw`\.`);
  return new RegExp(String.raw`(?<![\d.])${escaped}(?![\d.])`, 'u').test(text);
}

/** Pictures in which every word of the query stands somewhere. */
export function findPictures(
  pictures: readonly PictureRecord[],
  { query, areStarred }: Wanted,
): readonly PictureRecord[] {
  const words = query
    .toLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== '');
  return pictures.filter(
    (picture) => (!areStarred || picture.isStarred) && words.every((word) => stands(textOf(picture), word)),
  );
}
