import type { EngineApi } from '../../../../workers/api.ts';
import { libraryEntry, rememberSubject } from '../../compose/library/library-store.ts';
import { carriedIn, nothingCarried } from '../carried.ts';
import { checkRecipe } from '../foreign-recipe.ts';
import type { PictureRecord } from '../picture-record.ts';

export type SubjectReader = Pick<EngineApi, 'inspectImage' | 'inspectEmbedding' | 'readPngText' | 'readPngFiles'>;

/**
 * Puts what is pinned on a picture that was taken in, and is not in this browser, into the subject library. The recipe stays
 * what the file says; using it again finds the same pictures in the file.
 * @returns the ids of those that the library did not have
 */
export async function bringSubjects(
  engine: SubjectReader,
  { png, recipe, createdAt }: PictureRecord,
): Promise<readonly string[]> {
  const carried = await carriedIn(engine, png);
  if (carried === nothingCarried) return [];
  const { recipe: checked, brought } = await checkRecipe(engine, recipe, carried);
  if (brought === 0) return [];
  const fresh: string[] = [];
  for (const { anchor, subjects } of checked.compose.pins) {
    for (const subject of subjects) {
      if (libraryEntry(subject.id) !== undefined) continue;
      rememberSubject({ subject, word: anchor, at: createdAt });
      fresh.push(subject.id);
    }
  }
  return fresh;
}
