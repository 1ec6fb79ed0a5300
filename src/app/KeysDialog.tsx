import { useEffect, useState, type ReactElement } from 'react';
import { IconButton } from '../ui/Button.tsx';
import { DialogBox } from '../ui/DialogBox.tsx';
import styles from './keys.module.css';

/** Every key that does something beyond what browsers do by themselves. */
const keys: readonly (readonly [keys: readonly string[], does: string])[] = [
  [['Ctrl', 'Enter'], 'Generate, from any field; ⌘ Enter on a Mac. While a picture forms, another one waits.'],
  [['+'], 'On a word: it counts more.'],
  [['−'], 'On a word: it counts less.'],
  [['Shift', 'click'], 'On a picture below the stage: beside the one on the stage, with a divider.'],
  [['←', '→'], 'On the divider: moves it. In the full view of a picture: the newer and the older one.'],
  [['+', '−', '0'], 'In the full view of a picture: larger, smaller, whole.'],
  [['Ctrl', 'click'], 'In the sheet of all pictures: selects.'],
  [['←', '→', '↑', '↓'], 'On the map of your subjects: the next one in that direction; Enter pins it, + − 0 zoom.'],
  [
    ['←', '→', '↑', '↓'],
    'On a word’s place in the picture, and on a part that is to be made again: moves it, with Shift sizes it; Enter marks, Delete removes.',
  ],
  [['Alt', 'T'], 'To the messages.'],
  [['Esc'], 'Closes what is open.'],
  [['?'], 'This list.'],
];

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input:not([type=checkbox], [type=range]), textarea, select');
}

/** The list of keys, behind a button and behind the key that asks for it. */
export function KeysDialog(): ReactElement {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    const press = (event: KeyboardEvent): void => {
      if (event.key !== '?' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      event.preventDefault();
      setOpen(true);
    };
    document.addEventListener('keydown', press);
    return () => {
      document.removeEventListener('keydown', press);
    };
  }, []);
  return (
    <DialogBox
      isOpen={isOpen}
      onOpenChange={setOpen}
      title="Keys"
      trigger={<IconButton label="Keys" icon="keys" aria-keyshortcuts="?" />}
    >
      <dl className={styles['list']}>
        {keys.map(([names, does]) => (
          <div key={does}>
            <dt>
              {names.map((name) => (
                <kbd key={name}>{name}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </DialogBox>
  );
}
