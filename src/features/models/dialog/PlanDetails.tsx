import type { ReactElement } from 'react';
import styles from './facts.module.css';

/** How the model's work fits into memory, for those who want to know. @param plan the engine's own line */
export function PlanDetails({ plan }: { readonly plan: string }): ReactElement {
  return (
    <details className={styles['plan']}>
      <summary>How it fits this computer</summary>
      <p>
        What takes less memory takes more time, so Pinword suits it to your computer. “Processor and memory”, below,
        changes it. Now: {plan}.
      </p>
    </details>
  );
}
