import { notice } from '../../../workers/api.ts';
import { closeToast, toast } from '../../ui/toast.ts';

type Undo = () => Promise<boolean>;

/** The toast that stands, and what it undoes. */
let standing: { readonly id: number; readonly undos: readonly Undo[]; readonly count: number } | null = null;

/** Says that pictures were deleted. Deletions one soon after the other share a toast, and are undone together. */
export function tellDeletion(undo: Undo, deleted = 1): void {
  const count = (standing?.count ?? 0) + deleted;
  const undos = [...(standing?.undos ?? []), undo];
  if (standing !== null) closeToast(standing.id);
  const id = toast(count === 1 ? 'Picture deleted.' : `${count} pictures deleted.`, {
    action: { label: count === 1 ? 'Undo' : 'Undo all', onClick: () => void putBack(undos) },
    onClose: () => {
      if (standing?.id === id) standing = null;
    },
  });
  standing = { id, undos, count };
}

/** The last one first, so that the first one is on the stage in the end. */
async function putBack(undos: readonly Undo[]): Promise<void> {
  standing = null;
  let isKept = true;
  for (const undo of undos.toReversed()) isKept = (await undo()) && isKept;
  if (!isKept) toast.warning(notice('not-kept').message);
}
