/** Pinning a subject of the library again. */
import { splitWords } from '../../../../workers/api.ts';
import { toast } from '../../../ui/toast.ts';
import { addWaiting, composeStore } from '../draft/compose-store.ts';
import { pinKnown, unpin } from '../draft/pin-files.ts';
import { askWordOf } from '../wells/placing.ts';
import { subjectBlob } from '../pins/subject-library.ts';
import { canBegin, fillWell, nameSubject } from '../wells/wells-store.ts';
import type { LibraryEntry } from './library-record.ts';
import { forgetSubjects, libraryEntry } from './library-store.ts';
import { closeLibrarySheet } from './sheet-store.ts';

/** What a dragged subject is called among the things that are dragged. */
const dragType = 'application/x-pinword-subject';

export function dragSubject(data: DataTransfer, { id }: LibraryEntry): void {
  data.setData(dragType, id);
  data.effectAllowed = 'copy';
}

export function isSubjectDrag(data: DataTransfer): boolean {
  return data.types.includes(dragType);
}

/** Pins the subject that was dragged onto a word. */
export function dropSubject(data: DataTransfer, word: number): void {
  const entry = libraryEntry(data.getData(dragType));
  if (entry !== undefined) void pinEntry(entry, word);
}

export function isPinnedOn({ id }: LibraryEntry, word: number | null): boolean {
  return composeStore.getState().pins.some((pin) => pin.word === word && pin.subjects.some((each) => each.id === id));
}

/** Pins it on the word in place of what is pinned there, or takes it away where it is. Without a word it is asked for; an empty caption begins with it. */
export async function pinEntry(entry: LibraryEntry, word: number | null): Promise<void> {
  const { subject, name } = entry;
  if (word !== null && isPinnedOn(entry, word)) {
    unpin(word, subject.id);
    return;
  }
  if (!(await isHere(entry))) {
    toast.error(`The file of “${name}” is no longer in this browser. Pin it again from your disk.`);
    return;
  }
  if (word !== null && word < splitWords(composeStore.getState().caption).length) {
    pinKnown(word, subject);
    return;
  }
  closeLibrarySheet();
  if (canBegin('what')) {
    await fillWell('what', [{ name, read: () => Promise.resolve({ ok: true, value: subject }) }]);
    nameSubject(name);
  } else askWordOf(addWaiting([subject], ''));
}

async function isHere({ subject }: LibraryEntry): Promise<boolean> {
  const mask = subject.kind === 'picture' && subject.cutOut?.isOn === true ? [subject.cutOut.mask] : [];
  const blobs = await Promise.all([subject.id, ...mask].map((id) => subjectBlob(id)));
  return blobs.every((blob) => blob !== null);
}

/** Deletes a subject, and says so with an undo. */
export function deleteEntry({ id, name }: LibraryEntry): void {
  const putBack = forgetSubjects(new Set([id]));
  toast(`“${name}” was deleted from your subjects. Where it is pinned it stays.`, {
    action: { label: 'Undo', onClick: putBack },
  });
}
