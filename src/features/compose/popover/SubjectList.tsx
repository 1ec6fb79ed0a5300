import { useId, type ReactElement, type ReactNode } from 'react';
import type { PinnedSubject } from '../pins/pins.ts';
import styles from './samples.module.css';
import textStyles from '../../../ui/text.module.css';

/** A word of the caption, and what is pinned on it. */
export interface WordSubjects {
  readonly word: number;
  readonly text: string;
  readonly pinned: readonly PinnedSubject[];
}

/** A part of the popover: subjects that a press pins. @param action beside its title @param children an li each */
export function SubjectList({
  title,
  action,
  children,
}: {
  readonly title: string;
  readonly action?: ReactNode;
  readonly children: ReactNode;
}): ReactElement {
  const id = useId();
  return (
    <section aria-labelledby={id} className={styles['samples']}>
      <div className={textStyles['headed']}>
        <h3 id={id} className={textStyles['heading']}>
          {title}
        </h3>
        {action}
      </div>
      <ul className={styles['list']}>{children}</ul>
    </section>
  );
}
