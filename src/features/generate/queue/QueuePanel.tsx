import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { Button, IconButton } from '../../../ui/Button.tsx';
import { engineStore } from '../../models/loading/engine-store.ts';
import type { Job } from './job.ts';
import { isMakeable, resumeQueue } from './queue.ts';
import styles from './queue.module.css';
import { moveJob, queueStore, removeJobs } from './queue-store.ts';

/** What waits, in its order: to move, to take out. */
export function QueuePanel(): ReactElement | null {
  const { jobs, running, isPaused } = useStore(queueStore);
  const waiting = jobs.filter(({ id }) => id !== running);
  if (waiting.length === 0) return null;
  return (
    <details className={styles['queue']} open={isPaused ? true : undefined}>
      <summary>
        {waitingText(waiting.length)}
        {isPaused && <span className={styles['paused']}> The last one failed.</span>}
      </summary>
      <div className={styles['body']}>
        <ol aria-label="Pictures that wait">
          {waiting.map((job, index) => (
            <JobItem key={job.id} job={job} isFirst={index === 0} isLast={index === waiting.length - 1} />
          ))}
        </ol>
        <div className={styles['actions']}>
          {isPaused && (
            <Button look="primary" onClick={resumeQueue}>
              Continue
            </Button>
          )}
          <Button
            look="quiet"
            onClick={() => {
              void removeJobs(waiting.map(({ id }) => id));
            }}
          >
            Remove all
          </Button>
        </div>
      </div>
    </details>
  );
}

function waitingText(count: number): string {
  return count === 1 ? '1 picture waits.' : `${count} pictures wait.`;
}

function JobItem({
  job,
  isFirst,
  isLast,
}: {
  readonly job: Job;
  readonly isFirst: boolean;
  readonly isLast: boolean;
}): ReactElement {
  const loaded = useStore(engineStore, ({ model }) => (model.kind === 'ready' ? model.summary.id : null));
  const { caption } = job.compose;
  return (
    <li className={styles['job']}>
      <div className={styles['text']}>
        <span className={styles['caption']} dir="auto" title={caption}>
          {caption}
        </span>
        <span className={styles['facts']}>{factsOf(job)}</span>
        {job.problem !== null && <span className={styles['problem']}>{job.problem}</span>}
        {job.model !== null && !isMakeable(job, loaded) && (
          <span className={styles['facts']}>Waits for the model “{job.model.name}”.</span>
        )}
      </div>
      <IconButton label={`Earlier: ${caption}`} icon="up" disabled={isFirst} onClick={() => void moveJob(job.id, -1)} />
      <IconButton
        label={`Later: ${caption}`}
        icon="chevron"
        disabled={isLast}
        onClick={() => void moveJob(job.id, 1)}
      />
      <IconButton label={`Remove: ${caption}`} icon="close" onClick={() => void removeJobs([job.id])} />
    </li>
  );
}

function factsOf({ compose, settings, comparison }: Job): string {
  return [
    ...(comparison === null ? [] : [`${comparison.axis} ${comparison.label}`]),
    ...(compose.pins.length > 0 && comparison?.axis !== 'α' ? [`α ${settings.alpha.toFixed(2)}`] : []),
    ...(settings.count > 1 ? [`${settings.count} pictures`] : []),
    `seed ${settings.seed}`,
  ].join(' · ');
}
