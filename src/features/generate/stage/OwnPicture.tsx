import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { toast } from '../../../ui/toast.ts';
import { composeStore } from '../../compose/draft/compose-store.ts';
import { clearProblems, intakeOf, intakeStore, pinFiles } from '../../compose/draft/pin-files.ts';
import { askWordsOf } from '../../compose/wells/placing.ts';
import { FileButton } from '../../../ui/FileButton.tsx';

/** Pins pictures on a word; where there is none yet, it is asked. @returns what was wrong, in words */
async function pinOwn(word: number | undefined, files: readonly File[]): Promise<readonly string[]> {
  if (word === undefined) return askWordsOf(files);
  await pinFiles(word, files);
  const { problems } = intakeOf(intakeStore.getState(), word);
  clearProblems(word);
  return problems;
}

/** From the example to a subject of one's own: a picture for the first word that has one. */
export function OwnPicture(): ReactElement {
  const word = useStore(composeStore, ({ pins }) => pins[0]?.word);
  return (
    <FileButton
      label="Use my own picture"
      accept="image/*"
      onFiles={(files) => {
        void pinOwn(word, files).then((problems) => {
          for (const problem of problems) toast.error(problem);
        });
      }}
    />
  );
}
