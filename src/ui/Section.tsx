import type { ReactElement, ReactNode } from 'react';
import { Icon } from './Icon.tsx';
import styles from './section.module.css';

/** A part of the dialog that opens when it is wanted. */
export function Section({
  title,
  note,
  open = false,
  children,
}: {
  readonly title: string;
  readonly note?: string | undefined;
  readonly open?: boolean;
  readonly children: ReactNode;
}): ReactElement {
  return (
    <details className={styles['fold']} open={open}>
      <summary>
        <Icon name="chevron" size={16} />
        {title}
        {note !== undefined && <span className={styles['note']}>{note}</span>}
      </summary>
      {children}
    </details>
  );
}
