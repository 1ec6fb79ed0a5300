import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { toast } from '../../ui/toast.ts';
import { composeStore } from '../compose/compose-store.ts';
import { clearProblems, intakeOf, intakeStore, pinFiles } from '../compose/pin-files.ts';
import { FileButton } from '../models/FileButton.tsx';

/** What is wrong with a file is said here too: nobody has opened the word's popover. */
async function pinOwn(word: number, files: readonly File[]): Promise<void> {
  await pinFiles(word, files);
  for (const problem of intakeOf(intakeStore.getState(), word).problems) toast.error(problem);
  clearProblems(word);
}

/** From the example to a subject of one's own: a picture for the first word that has one. */
export function OwnPicture(): ReactElement | null {
  const word = useStore(composeStore, ({ pins }) => pins[0]?.word);
  if (word === undefined) return null;
  return (
    <FileButton
      label="Use my own picture"
      accept="image/*"
      onFiles={(files) => {
        void pinOwn(word, files);
      }}
    />
  );
}
