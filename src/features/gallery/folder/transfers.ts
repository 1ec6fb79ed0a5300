/** Whole transfers, with the sentences in which they end. */
import { downloadZip } from 'client-zip';
import { saveFile } from '../../../ui/save-file.ts';
import { toast } from '../../../ui/toast.ts';
import { mayCarry } from '../carry-question.ts';
import type { PictureRecord } from '../picture-record.ts';
import { tellLeft, type PngFiller } from '../save-pictures.ts';
import { chooseFolder, filesBelow, folderOf, pathFile, TooManyFiles, type PathFile } from './folder.ts';
import { readPictures, type PictureReader, type ReadOutcome } from './read-pictures.ts';
import { runTransfer } from './transfer-store.ts';
import { WriteFailed, writePictures, zipWithIndex } from './write-pictures.ts';
import { BadZip, filesInZip, isZipName } from './zip-files.ts';

const count = (pictures: number): string => (pictures === 1 ? '1 picture' : `${pictures} pictures`);

/** "2 of 3 pictures are in “holidays”" */
function stateIn(folder: string, present: number, total: number): string {
  return `${present} of ${count(total)} ${total === 1 ? 'is' : 'are'} in “${folder}”`;
}

/** Most names that are said at once. */
const mostNames = 3;

function shortList(names: readonly string[]): string {
  const others = names.length - mostNames;
  return others > 0 ? `${names.slice(0, mostNames).join(', ')} and ${others} more` : names.join(', ');
}

/** Adds pictures to a folder that the person chooses. Whether they carry what is pinned on them is asked before. */
export async function saveToFolder(engine: PngFiller, pictures: readonly PictureRecord[]): Promise<void> {
  const carries = await mayCarry(pictures.map(({ recipe }) => recipe));
  if (carries === null) return;
  const handle = await chooseFolder('readwrite').catch(tellRefused);
  if (handle === null) return;
  await runTransfer('Saving pictures', async (control) => {
    try {
      const { present, unreadable, left } = await writePictures(engine, pictures, folderOf(handle), carries, control);
      toast(`${stateIn(handle.name, present, pictures.length)}, with stars and times.`);
      if (unreadable.length > 0)
        toast.warning(
          `The browser no longer gives the bytes of ${count(unreadable.length)}: ${shortList(unreadable)}.`,
        );
      tellLeft(left);
    } catch (error) {
      tellWriteFailure(error, handle.name, pictures.length);
    }
  });
}

/** What ended it, by the names of DOMException. @returns null where nothing is known of it */
function reasonOf(cause: unknown): string | null {
  const name = cause instanceof DOMException ? cause.name : '';
  const reasons: Readonly<Record<string, string>> = {
    QuotaExceededError: 'The disk is full: make room.',
    NotAllowedError: 'The browser no longer lets this page use the folder: choose it again.',
    SecurityError: 'The browser no longer lets this page use the folder: choose it again.',
    NotFoundError: 'The folder is no longer there: choose another one.',
    NoModificationAllowedError: 'The folder, or a file in it, is locked: close what uses it.',
    InvalidModificationError: 'The folder cannot be changed: choose another one.',
    InvalidStateError: 'The disk is full, or the folder was changed meanwhile.',
    NotReadableError: 'A file in the folder cannot be read.',
  };
  return reasons[name] ?? null;
}

function tellWriteFailure(error: unknown, name: string, total: number): void {
  const { written, cause } = error instanceof WriteFailed ? error : { written: { present: 0 }, cause: error };
  const state = `${stateIn(name, written.present, total)}; saving there again goes on from here. All of them are still in this browser.`;
  if (cause instanceof DOMException && cause.name === 'AbortError') toast(`Stopped. ${state}`);
  else toast.error(`${reasonOf(cause) ?? 'The folder could not be written.'} ${state}`);
}

function tellRefused(): null {
  toast.error('The browser did not let this page use the folder. Choose another one.');
  return null;
}

/** Hands all of these to the browser as one zip. What goes wrong is said; the pictures stay. */
export async function saveAllAsZip(engine: PngFiller, pictures: readonly PictureRecord[]): Promise<void> {
  const carries = await mayCarry(pictures.map(({ recipe }) => recipe));
  if (carries === null) return;
  const left: string[] = [];
  await runTransfer('Packing pictures', async (control) => {
    try {
      const entries = zipWithIndex(engine, pictures, carries, left, control);
      saveFile(await downloadZip(entries).blob(), 'pinword-pictures.zip');
      tellLeft(left);
    } catch {
      if (control.signal.aborted) toast('Stopped. All pictures are still here.');
      else
        toast.error(
          'The zip could not be written: the disk may be full, or a picture can no longer be read. Make room, or select fewer pictures. All of them are still here.',
        );
    }
  });
}

/** Takes the pictures of a folder that the person chooses. */
export async function takeFolder(engine: PictureReader): Promise<void> {
  const handle = await chooseFolder('read').catch(tellRefused);
  if (handle !== null) await take(engine, () => filesBelow(handle));
}

/** Takes pictures from files that were chosen one by one, or as a folder, and out of zips among them. */
export async function takeFiles(engine: PictureReader, files: readonly File[]): Promise<void> {
  if (files.length === 0) return;
  await take(engine, async () => (await Promise.all(files.map(filesIn))).flat());
}

/** Takes the pictures of a folder that was dropped. */
export async function takeFolderFiles(
  engine: PictureReader,
  files: readonly { readonly path: string; readonly file: File }[],
): Promise<void> {
  await take(engine, () => Promise.resolve(files.map(({ path, file }) => pathFile(path, file))));
}

/** What a file is or holds, under names that are its own beside those of other zips. */
async function filesIn(file: File): Promise<readonly PathFile[]> {
  const place = file.webkitRelativePath === '' ? file.name : file.webkitRelativePath;
  if (!isZipName(file.name)) return [pathFile(place, file)];
  return (await filesInZip(file)).map(({ path, read }) => ({ path: `${place}/${path}`, read }));
}

async function take(engine: PictureReader, list: () => Promise<readonly PathFile[]>): Promise<void> {
  await runTransfer('Reading pictures', async (control) => {
    try {
      tellOutcome(await readPictures(engine, await list(), control));
    } catch (error) {
      if (error instanceof BadZip) toast.error(error.message);
      else if (error instanceof TooManyFiles)
        toast.error('This folder holds too much to look through. Choose the folder of the pictures alone.');
      else
        toast.error(
          `${reasonOf(error) ?? 'The folder could not be read.'} What was read before is here; reading it again goes on from there.`,
        );
    }
  });
}

function tellOutcome({ added, known, subjects, leftOut, end }: ReadOutcome): void {
  const here = known === 0 ? '' : ` ${count(known)} ${known === 1 ? 'was' : 'were'} here already.`;
  const brought =
    subjects === 0
      ? ''
      : ` ${subjects === 1 ? 'A subject' : `${subjects} subjects`} came with them: see “Your subjects”.`;
  const state = `${count(added)} ${added === 1 ? 'was' : 'were'} added.${here}${brought}`;
  if (end === 'full')
    toast.error(
      `This browser has no room for more pictures. ${state} Delete stored models or pictures, then read the folder again: it goes on from there.`,
    );
  else if (end === 'stopped') toast(`Stopped. ${state}`);
  else if (added === 0 && known === 0) toast.warning('There is no picture of Pinword among these files.');
  else toast(state);
  if (leftOut.length > 0 && added + known > 0)
    toast.warning(
      `Left out, because no settings of Pinword are in them, or they cannot be read: ${shortList(leftOut)}.`,
    );
}
