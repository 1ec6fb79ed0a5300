import { Dialog } from '@base-ui/react/dialog';
import type { ReactElement, ReactNode } from 'react';
import { IconButton } from './Button.tsx';
import styles from './dialog.module.css';

/** A box in the middle of the page that asks or tells something. What is in it is made when it opens. */
export function DialogBox({
  isOpen,
  onOpenChange,
  title,
  hasClose = true,
  trigger,
  children,
}: {
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
  readonly title: string;
  /** Beside its title; false where each answer closes it. */
  readonly hasClose?: boolean;
  /** The button that opens it. */
  readonly trigger?: ReactElement;
  readonly children: ReactNode;
}): ReactElement {
  return (
    <Dialog.Root open={isOpen} onOpenChange={onOpenChange}>
      {trigger !== undefined && <Dialog.Trigger render={trigger} />}
      <Dialog.Portal>
        <Dialog.Backdrop className={styles['backdrop']} />
        <Dialog.Popup className={styles['dialog']}>
          {isOpen && (
            <>
              <div className={styles['head']}>
                <Dialog.Title className={styles['title']}>{title}</Dialog.Title>
                {hasClose && <Dialog.Close render={<IconButton label="Close" icon="close" />} />}
              </div>
              {children}
            </>
          )}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
