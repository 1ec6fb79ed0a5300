import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { formatBytes } from '../../../../workers/api.ts';
import { engine } from '../../../engine-client/engine.ts';
import { Button } from '../../../ui/Button.tsx';
import { engineStore } from '../../models/loading/engine-store.ts';
import { knownTextProjection } from '../../models/known/known-text-projection.ts';
import { answerProjection, askAgain, asksForProjection, scoresCaptions, scoreStore } from './scores.ts';
import styles from './compare.module.css';

/** What scores mean, what they lack, and what they wait for. Nothing while they are off. */
export function ScoreNote(): ReactElement | null {
  const state = useStore(scoreStore);
  const model = useStore(engineStore, (engineState) =>
    engineState.model.kind === 'ready' ? engineState.model.summary : null,
  );
  if (!state.isOn) return null;
  const judge = model?.judge ?? null;
  if (model !== null && asksForProjection(state, judge)) return <ProjectionQuestion isFetching={state.isFetching} />;
  const { progress, problem } = state;
  const isDeclined = judge?.textProjection === 'clip-vit-large-patch14' && state.projection === null;
  const lacks =
    model === null
      ? null
      : judge === null
        ? `${model.name} has no image encoder, so nothing can say how near a picture is.`
        : isDeclined
          ? 'Captions are not scored.'
          : scoresCaptions(state, judge)
            ? null
            : `${model.name} has no text projection, so captions are not scored.`;
  return (
    <div className={styles['note']}>
      <p>How near each picture is to the pinned subject (CLIP-I) and to the caption (CLIP-T), at most 1.</p>
      {lacks !== null && (
        <p>
          {lacks}{' '}
          {isDeclined && (
            <Button look="quiet" onClick={askAgain}>
              Score captions too
            </Button>
          )}
        </p>
      )}
      <p role="status">
        {progress !== null && `Scoring ${Math.min(progress.done + 1, progress.count)} of ${progress.count}…`}
      </p>
      {problem !== null && (
        <p role="alert" className={styles['problem']}>
          {problem}
        </p>
      )}
    </div>
  );
}

function ProjectionQuestion({ isFetching }: { readonly isFetching: boolean }): ReactElement {
  const problem = useStore(scoreStore, (state) => state.problem);
  const { file, size, page } = knownTextProjection;
  return (
    <div className={styles['note']} role="group" aria-label="Before captions are scored">
      <p>
        Scoring captions takes CLIP’s text projection: {formatBytes(size)} from {new URL(file.endpoint).host} (
        <a href={page} target="_blank" rel="noreferrer">
          {file.repo}
        </a>
        ), fetched once and kept here.
      </p>
      {problem !== null && (
        <p role="alert" className={styles['problem']}>
          {problem}
        </p>
      )}
      <div className={styles['answers']}>
        <Button disabled={isFetching} onClick={() => void answerProjection(engine, true)}>
          {isFetching ? 'Downloading…' : 'Download'}
        </Button>
        <Button look="quiet" disabled={isFetching} onClick={() => void answerProjection(engine, false)}>
          The subject alone
        </Button>
      </div>
    </div>
  );
}
