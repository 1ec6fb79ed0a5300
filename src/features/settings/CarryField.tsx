import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { SwitchField } from '../../ui/Fields.tsx';
import { carryStore } from './carry-store.ts';

/** Where the answer to the question at the first download is changed. */
export function CarryField(): ReactElement {
  const carries = useStore(carryStore, (state) => state.carries);
  return (
    <SwitchField
      label="Downloads carry the pinned pictures"
      hint="Small copies, so that the file opens anywhere with its subjects. Whoever gets the file can see them. “Copy” never takes them along."
      checked={carries === true}
      onChange={(isWanted) => {
        carryStore.setState({ carries: isWanted });
      }}
    />
  );
}
