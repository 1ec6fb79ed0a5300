import type { Subject } from '../../../workers/api.ts';
import type { PinnedSubject } from './pins.ts';
import { subjectBlob } from './subject-library.ts';

async function engineSubject(subject: PinnedSubject): Promise<Subject | null> {
  const bytes = await subjectBlob(subject.id);
  if (bytes === null) return null;
  return subject.kind === 'picture'
    ? { kind: 'picture', image: bytes, hash: subject.id, region: subject.region }
    : { kind: 'embedding', file: new File([bytes], subject.name) };
}

/** Pinned subjects with their bytes, as the engine takes them. @returns null where the bytes of one are gone */
export async function engineSubjects(subjects: readonly PinnedSubject[]): Promise<readonly Subject[] | null> {
  const found = await Promise.all(subjects.map(engineSubject));
  const present = found.filter((subject) => subject !== null);
  return present.length === found.length ? present : null;
}
