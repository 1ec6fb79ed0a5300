import type { Result, StartPicture } from '../../../workers/api.ts';
import { subjectBlob } from '../compose/pins/subject-library.ts';
import type { Start } from './start-store.ts';

/** What a run starts from, as the engine takes it. */
export async function engineStart({ picture, mask }: Start): Promise<Result<StartPicture>> {
  const image = await subjectBlob(picture.id);
  const marked = mask === null ? null : await subjectBlob(mask.id);
  if (image !== null && (mask === null || marked !== null)) {
    return { ok: true, value: { image, hash: picture.id, mask: marked } };
  }
  return {
    ok: false,
    error: {
      code: 'file-not-found',
      message: `“${picture.name}”, which the run should start from, is no longer whole in this browser’s storage. Remove it and choose it again.`,
    },
  };
}
