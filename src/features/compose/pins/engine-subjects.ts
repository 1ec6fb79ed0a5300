import type { CutOut, Subject } from '../../../../workers/api.ts';
import { activeCutOut, seenRegion, type PinnedPicture, type PinnedSubject } from './pins.ts';
import { subjectBlob } from './subject-library.ts';

async function engineSubject(subject: PinnedSubject): Promise<Subject | null> {
  const bytes = await subjectBlob(subject.id);
  if (bytes === null) return null;
  if (subject.kind === 'embedding') return { kind: 'embedding', file: new File([bytes], subject.name) };
  const cutOut = await engineCutOut(subject);
  if (cutOut === null) return null;
  return { kind: 'picture', image: bytes, hash: subject.id, region: seenRegion(subject), ...cutOut };
}

/** @returns nothing where the picture is not cut out; null where the mask's bytes are gone */
async function engineCutOut(subject: PinnedPicture): Promise<{ readonly cutOut?: CutOut } | null> {
  const cutOut = activeCutOut(subject);
  if (cutOut === null) return {};
  const mask = await subjectBlob(cutOut.mask);
  return mask === null ? null : { cutOut: { mask, hash: cutOut.mask, backdrop: cutOut.backdrop } };
}

/** Pinned subjects with their bytes, as the engine takes them. @returns null where the bytes of one are gone */
export async function engineSubjects(subjects: readonly PinnedSubject[]): Promise<readonly Subject[] | null> {
  const found = await Promise.all(subjects.map(engineSubject));
  const present = found.filter((subject) => subject !== null);
  return present.length === found.length ? present : null;
}
