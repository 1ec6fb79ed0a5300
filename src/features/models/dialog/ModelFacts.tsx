import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { engine } from '../../../engine-client/engine.ts';
import { Button } from '../../../ui/Button.tsx';
import { engineStore, type EngineState } from '../loading/engine-store.ts';
import { ensureModel } from '../loading/load-model.ts';
import { keepsDownloads } from '../loading/model-abilities.ts';
import { formatBytes } from '../../../../workers/api.ts';
import { precisionText } from '../loading/load-cost.ts';
import { LoadQuestion } from './LoadQuestion.tsx';
import { PlanDetails } from './PlanDetails.tsx';
import { loadingShare, loadingText, pausedText } from '../loading/loading.ts';
import styles from './facts.module.css';
import controls from '../../../ui/controls.module.css';
import { sourceHost, sourceName } from '../sources/sources.ts';
import { StorageFull } from '../storage/StorageFull.tsx';

/** The chosen model: how far it is loaded, what it runs on, what it costs. */
export function ModelFacts(): ReactElement {
  const state = useStore(engineStore);
  const { model, choice } = state;
  const share = loadingShare(model);
  const isPausable = model.kind === 'loading' && model.progress?.phase === 'download' && keepsDownloads(choice);
  const paused = model.kind === 'none' && keepsDownloads(choice) ? (model.paused ?? null) : null;
  return (
    <section className={styles['current']} aria-label="Chosen model">
      <div className={styles['head']}>
        <div>
          <h3>{sourceName(choice.source)}</h3>
          <p>
            {choice.source.kind === 'embedded' ? (
              'A small model that comes with this page. It knows only its own picture-book world.'
            ) : (
              <Origin state={state} />
            )}
          </p>
        </div>
        {model.kind === 'loading' ? (
          <Button onClick={() => void engine.cancel()}>{isPausable ? 'Pause' : 'Stop'}</Button>
        ) : model.kind !== 'ready' && model.kind !== 'asking' ? (
          <Button onClick={() => void ensureModel(engine)}>
            {model.kind === 'failed' ? 'Try again' : paused === null ? 'Load' : 'Resume'}
          </Button>
        ) : null}
      </div>
      {model.kind === 'loading' && (
        <div role="status" className={styles['loading']}>
          <progress aria-label="Loading the model" {...(share === null ? {} : { value: share })} />
          <p>{loadingText(model)}</p>
        </div>
      )}
      {model.kind === 'loading' && model.cost !== null && <PlanDetails plan={model.cost.plan} />}
      {model.kind === 'asking' && (
        <LoadQuestion
          cost={model.cost}
          host={sourceHost(choice.source)}
          isKept={keepsDownloads(choice) && !state.inMemory}
        />
      )}
      {paused !== null && (
        <div role="status" className={styles['loading']}>
          <progress aria-label="Paused download" max={paused.totalBytes} value={paused.bytes} />
          <p>{pausedText(paused)}</p>
        </div>
      )}
      {model.kind === 'failed' && (
        <p className={controls['problem']} role="alert">
          {model.error.message}
        </p>
      )}
      {model.kind === 'failed' && model.error.code === 'storage-quota' && (
        <StorageFull onRetry={() => void ensureModel(engine)} />
      )}
      {model.kind === 'ready' && <ReadyFacts state={state} summary={model.summary} />}
    </section>
  );
}

function Origin({ state }: { readonly state: EngineState }): ReactElement {
  const { source } = state.choice;
  switch (source.kind) {
    case 'hub':
      return <>{`Revision ${source.revision} at ${new URL(source.endpoint).host}`}</>;
    case 'url':
      return <>{source.baseUrl}</>;
    case 'folder':
      return <>A folder on this computer</>;
    case 'single-file':
      return <>{`A file on this computer, ${formatBytes(source.file.size)}`}</>;
    case 'embedded':
      return <>Comes with this page</>;
  }
}

function ReadyFacts({
  state,
  summary,
}: {
  readonly state: EngineState;
  readonly summary: Extract<EngineState['model'], { kind: 'ready' }>['summary'];
}): ReactElement {
  const precision = precisionText(state.device);
  const adapter = state.device?.webgpu?.adapter ?? 'WebGPU';
  return (
    <>
      <dl className={styles['facts']}>
        <dt>Runs on</dt>
        <dd>{summary.provider === 'webgpu' ? adapter : 'the processor'}</dd>
        <dt>Made for</dt>
        <dd>
          {summary.nativeSize} × {summary.nativeSize} pixels
        </dd>
        <dt>Made of</dt>
        <dd>{summary.parts.join(', ')}</dd>
        <dt>Read</dt>
        <dd>{formatBytes(summary.bytesLoaded)}</dd>
      </dl>
      <PlanDetails plan={summary.plan} />
      {summary.provider === 'webgpu' && precision !== null && <p className={styles['hint']}>{precision}</p>}
      {!summary.canPinPictures && summary.look === null && (
        <p className={styles['notice']}>
          This model cannot take pictures on words: it brings no image encoder or no projector.
        </p>
      )}
      {summary.notices.map(({ code, message }) => (
        <p key={code} className={styles['notice']}>
          {message}
        </p>
      ))}
    </>
  );
}
