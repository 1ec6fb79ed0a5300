import { useEffect, useRef, type ReactElement } from 'react';
import { useStore } from 'zustand';
import type { LoadCost } from '../../../../workers/api.ts';
import { Button } from '../../../ui/Button.tsx';
import { answerCost } from '../loading/load-model.ts';
import { engineStore } from '../loading/engine-store.ts';
import { downloadText, exceedsBudget, memoryText, precisionText } from '../loading/load-cost.ts';
import { PlanDetails } from './PlanDetails.tsx';
import styles from './facts.module.css';

/** What a costly load will cost, and whether it may begin. */
export function LoadQuestion({
  cost,
  host,
  isKept,
}: {
  readonly cost: LoadCost;
  /** Where the download comes from; null where nothing is downloaded. */
  readonly host: string | null;
  readonly isKept: boolean;
}): ReactElement {
  const group = useRef<HTMLDivElement>(null);
  const precision = useStore(engineStore, ({ device }) => precisionText(device));
  useEffect(() => {
    group.current?.focus();
  }, []);
  return (
    <div ref={group} role="group" aria-label="Before this model loads" tabIndex={-1} className={styles['question']}>
      <dl className={styles['facts']}>
        {host !== null && (
          <>
            <dt>From</dt>
            <dd>{host}</dd>
          </>
        )}
        <dt>Download</dt>
        <dd>{downloadText(cost, isKept)}</dd>
        <dt>{cost.budgetBytes === null ? 'Memory' : 'GPU memory'}</dt>
        <dd>{memoryText(cost)}</dd>
      </dl>
      <PlanDetails plan={cost.plan} />
      {exceedsBudget(cost) && (
        <p className={styles['notice']}>
          That is more than this graphics processor is expected to have free. It may still work, with less kept at a
          time and more slowly.
        </p>
      )}
      {precision !== null && <p className={styles['hint']}>{precision}</p>}
      <div className={styles['answers']}>
        <Button
          look="primary"
          onClick={() => {
            answerCost(true);
          }}
        >
          {cost.downloadBytes > 0 ? 'Download and load' : 'Load'}
        </Button>
        <Button
          onClick={() => {
            answerCost(false);
          }}
        >
          Not now
        </Button>
      </div>
    </div>
  );
}
