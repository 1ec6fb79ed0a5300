import type { ReactElement } from 'react';
import styles from './controls.module.css';

/** Sentences that are read out as they appear. */
export function ProblemList({
  problems,
  className,
}: {
  readonly problems: readonly string[];
  readonly className: string | undefined;
}): ReactElement {
  return (
    <div role="alert" className={styles['problems']}>
      {problems.map((problem, index) => (
        <p key={index} className={className}>
          {problem}
        </p>
      ))}
    </div>
  );
}
