import { Dialog } from '@base-ui/react/dialog';
import type { ReactElement, ReactNode } from 'react';
import { IconButton } from './Button.tsx';
import controls from './controls.module.css';
import styles from './sheet.module.css';

/** A sheet over the whole page. What is in it is made when it opens. */
export function Sheet({
  isOpen,
  onOpenChange,
  isNarrow = false,
  children,
}: {
  readonly isOpen: boolean;
  readonly onOpenChange: (isOpen: boolean) => void;
  /** It has a greatest width. */
  readonly isNarrow?: boolean;
  readonly children: ReactNode;
}): ReactElement {
  return (
    <Dialog.Root open={isOpen} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className={styles['backdrop']} />
        <Dialog.Popup className={styles['sheet']} data-narrow={isNarrow}>
          {isOpen && children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

/** The first row of a sheet: what it is, what is looked for in it, buttons of its own, and the one that closes it. */
export function SheetHead({
  title,
  search,
  children,
}: {
  readonly title: string;
  readonly search: {
    readonly label: string;
    readonly placeholder: string;
    readonly query: string;
    readonly onQuery: (query: string) => void;
  };
  readonly children: ReactNode;
}): ReactElement {
  return (
    <SheetRow>
      <Dialog.Title className={styles['title']}>{title}</Dialog.Title>
      <input
        type="search"
        className={`${controls['input'] ?? ''} ${styles['search'] ?? ''}`}
        aria-label={search.label}
        placeholder={search.placeholder}
        value={search.query}
        onChange={(event) => {
          search.onQuery(event.target.value);
        }}
      />
      {children}
      <Dialog.Close render={<IconButton label="Close" icon="close" />} />
    </SheetRow>
  );
}

/** A row of buttons and texts in a sheet. */
export function SheetRow({ children }: { readonly children: ReactNode }): ReactElement {
  return <div className={styles['row']}>{children}</div>;
}
