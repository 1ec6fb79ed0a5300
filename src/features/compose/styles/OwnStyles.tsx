import { Popover } from '@base-ui/react/popover';
import { useId, useRef, useState, type ReactElement, type SyntheticEvent } from 'react';
import { useStore } from 'zustand';
import { Button, IconButton } from '../../../ui/Button.tsx';
import controls from '../../../ui/controls.module.css';
import { Icon } from '../../../ui/Icon.tsx';
import { ProblemList } from '../../../ui/ProblemList.tsx';
import type { Style } from './built-in-styles.ts';
import { composeStore } from '../draft/compose-store.ts';
import popupStyles from '../../../ui/popup.module.css';
import textStyles from '../../../ui/text.module.css';
import styles from './styles.module.css';
import { deleteStyle, longestStyle, renameStyle, saveStyle, stylesStore, wordsToSave } from './styles-store.ts';
import { usePopupMargins } from '../../../ui/messages-room.ts';

/** The last chip of the row: saves a style, renames and deletes those that were saved. */
export function OwnStyles(): ReactElement {
  const margins = usePopupMargins();
  return (
    <Popover.Root>
      <Popover.Trigger className={styles['add']} aria-label="Your styles" title="Your styles">
        <Icon name="plus" size={16} />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={8} collisionPadding={margins} className={popupStyles['positioner']}>
          <Popover.Popup className={popupStyles['popup']}>
            <div className={popupStyles['body']}>
              <div className={popupStyles['head']}>
                <Popover.Title className={popupStyles['title']}>Your styles</Popover.Title>
                <Popover.Close render={<IconButton label="Close" icon="close" />} />
              </div>
              <NewStyle />
              <SavedStyles />
            </div>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

/** What the caption says behind a comma is there to begin with. */
function NewStyle(): ReactElement {
  const id = useId();
  const name = useRef<HTMLInputElement>(null);
  const [words, setWords] = useState(() => wordsToSave(composeStore.getState().caption));
  const [problem, setProblem] = useState<string | null>(null);
  const save = (event: SyntheticEvent): void => {
    event.preventDefault();
    const input = name.current;
    if (input === null) return;
    const found = saveStyle({ name: input.value, words });
    setProblem(found);
    if (found !== null) return;
    input.value = '';
    setWords('');
    input.focus();
  };
  return (
    <form className={styles['form']} onSubmit={save} noValidate>
      <div className={controls['field']}>
        <label className={controls['label']} htmlFor={`${id}-words`}>
          Words that it adds to a caption
        </label>
        <textarea
          id={`${id}-words`}
          className={controls['input']}
          rows={2}
          maxLength={longestStyle.words}
          value={words}
          placeholder="gouache painting, muted colours"
          onChange={(event) => {
            setWords(event.target.value);
          }}
        />
      </div>
      <div className={styles['named']}>
        <div className={controls['field']}>
          <label className={controls['label']} htmlFor={`${id}-name`}>
            Name
          </label>
          <input ref={name} id={`${id}-name`} className={controls['input']} maxLength={longestStyle.name} />
        </div>
        <Button type="submit">Save</Button>
      </div>
      <ProblemList problems={problem === null ? [] : [problem]} className={controls['problem']} />
    </form>
  );
}

function SavedStyles(): ReactElement | null {
  const own = useStore(stylesStore, (state) => state.styles);
  if (own.length === 0) return null;
  return (
    <ul className={styles['saved']} aria-label="Saved styles">
      {own.map((style) => (
        <Saved key={style.name} style={style} />
      ))}
    </ul>
  );
}

/** A name counts when its field is left; one that cannot be taken gives way to the one that was there. */
function Saved({ style: { name, words } }: { readonly style: Style }): ReactElement {
  const [wanted, setWanted] = useState(name);
  const [problem, setProblem] = useState<string | null>(null);
  return (
    <li>
      <div className={styles['named']}>
        <input
          className={controls['input']}
          aria-label={`Name of “${name}”`}
          maxLength={longestStyle.name}
          value={wanted}
          onChange={(event) => {
            setWanted(event.target.value);
          }}
          onBlur={() => {
            const found = wanted.trim() === name ? null : renameStyle(name, wanted);
            setProblem(found);
            if (found !== null) setWanted(name);
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter') event.currentTarget.blur();
          }}
        />
        <IconButton
          label={`Delete the style ${name}`}
          icon="trash"
          onClick={() => {
            deleteStyle(name);
          }}
        />
      </div>
      <p className={textStyles['note']}>{words}</p>
      <ProblemList problems={problem === null ? [] : [problem]} className={controls['problem']} />
    </li>
  );
}
