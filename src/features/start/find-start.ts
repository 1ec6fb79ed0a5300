import type { EngineApi } from '../../../workers/api.ts';
import { subjectBlob } from '../compose/pins/subject-library.ts';
import type { Start } from './start-store.ts';

/**
 * What a recipe starts from, where it is whole in this browser and a picture: a PNG carries only its hash.
 * @returns null where it is not, with its name among those that are missing
 */
export async function findStart(
  engine: Pick<EngineApi, 'inspectImage'>,
  start: Start,
  missing: string[],
): Promise<Start | null> {
  const { picture, mask } = start;
  const image = await subjectBlob(picture.id);
  const inspected = image === null ? null : await engine.inspectImage(image);
  const hasMask = mask === null || (await subjectBlob(mask.id)) !== null;
  if (inspected?.ok === true && hasMask) {
    const { width, height } = inspected.value;
    return { ...start, picture: { ...picture, width, height } };
  }
  missing.push(picture.name);
  return null;
}
