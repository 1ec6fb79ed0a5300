import { useState, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { engine } from '../../engine-client/engine.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { saveFile } from '../../ui/save-file.ts';
import { toast } from '../../ui/toast.ts';
import { subjectBlob } from '../compose/pins/subject-library.ts';
import { FileButton } from '../../ui/FileButton.tsx';
import controls from '../../ui/controls.module.css';
import { Slider } from '../../ui/Slider.tsx';
import { coverage, emptyGrid, inverted, type MaskGrid } from './mask-grid.ts';
import { changeMask, maskStore, takeMask, undoMask } from './mask-store.ts';
import { maskToolsStore } from './mask-tools-store.ts';
import styles from './mask.module.css';
import { startStore, type Start } from './start-store.ts';

const percent = (share: number): string => `${Math.round(100 * share)} %`;

/** What the mask is painted with. */
export function MaskTools({ start }: { readonly start: Start }): ReactElement {
  const grid = useStore(maskStore, (state) => state.grid);
  const canUndo = useStore(maskStore, (state) => state.past.length > 0);
  const { size, softness, marks } = useStore(maskToolsStore);
  const change = (make: (grid: MaskGrid) => MaskGrid): void => {
    if (grid !== null) void changeMask(engine, make(grid));
  };
  return (
    <div className={styles['tools']} role="group" aria-label="Mask tools" data-mask-tools>
      <div className={styles['row']}>
        <Choice
          text="Mark"
          isOn={marks}
          onClick={() => {
            maskToolsStore.setState({ marks: true });
          }}
        />
        <Choice
          text="Free"
          isOn={!marks}
          onClick={() => {
            maskToolsStore.setState({ marks: false });
          }}
        />
        <IconButton
          label="Undo the last stroke"
          icon="undo"
          disabled={!canUndo}
          onClick={() => void undoMask(engine)}
        />
        <Button
          look="quiet"
          onClick={() => {
            change(inverted);
          }}
        >
          Invert
        </Button>
        <Button
          look="quiet"
          onClick={() => {
            change(() => emptyGrid(start.picture));
          }}
        >
          Clear
        </Button>
        <Button
          icon="check"
          className={styles['done']}
          onClick={(event) => {
            // These tools go: the focus stays in the stage.
            event.currentTarget.closest('section')?.focus();
            startStore.setState({ isMarking: false });
          }}
        >
          Done
        </Button>
      </div>
      <div className={styles['row']}>
        <Slider
          label="Brush"
          value={size}
          limits={{ min: 0.02, max: 0.5, step: 0.01 }}
          said={percent(size)}
          isInRow
          onChange={(value) => {
            maskToolsStore.setState({ size: value });
          }}
        />
        <Slider
          label="Soft edge"
          value={softness}
          limits={{ min: 0, max: 1, step: 0.01 }}
          said={percent(softness)}
          isInRow
          onChange={(value) => {
            maskToolsStore.setState({ softness: value });
          }}
        />
      </div>
      <p className={controls['hint']} role="status">
        {grid === null ? '' : stateOf(coverage(grid))}
      </p>
      <MaskFiles start={start} />
    </div>
  );
}

/** A mask out of a file, and into one. */
function MaskFiles({ start }: { readonly start: Start }): ReactElement {
  const [problem, setProblem] = useState<string | null>(null);
  const take = async ([file]: readonly File[]): Promise<void> => {
    if (file !== undefined) setProblem(await takeMask(engine, file, start));
  };
  return (
    <>
      <div className={styles['row']}>
        <FileButton label="Mask from a file…" accept="image/*" onFiles={(files) => void take(files)} />
        <IconButton
          label="Save the mask as a picture"
          icon="download"
          disabled={start.mask === null}
          onClick={() => void saveMask(start)}
        />
        <span className={controls['hint']}>White is made again; black and transparent parts stay.</span>
      </div>
      {problem !== null && (
        <p className={styles['problem']} role="alert">
          {problem}
        </p>
      )}
    </>
  );
}

/** "dog.png" → "dog-mask.png" */
async function saveMask({ picture, mask }: Start): Promise<void> {
  const bytes = mask === null ? null : await subjectBlob(mask.id);
  if (bytes === null) toast.error('The mask is no longer in this browser’s storage. Mark the part again.');
  else saveFile(bytes, `${picture.name.replace(/\.[^.]+$/u, '')}-mask.png`);
}

function stateOf(share: number): string {
  if (share === 0)
    return 'Nothing is marked yet: paint over what is to change. All of the picture is made again until then.';
  if (share === 1) return 'All of it is marked, so nothing would stay. Free a part of it.';
  return `${Math.max(1, Math.round(100 * share))} % is marked and made again; the rest stays as it is.`;
}

function Choice({
  text,
  isOn,
  onClick,
}: {
  readonly text: string;
  readonly isOn: boolean;
  readonly onClick: () => void;
}): ReactElement {
  return (
    <Button look={isOn ? 'plain' : 'quiet'} aria-pressed={isOn} onClick={onClick}>
      {text}
    </Button>
  );
}
