import { Popover } from '@base-ui/react/popover';
import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { engine } from '../../engine-client/engine.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { SelectField } from '../../ui/Fields.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { chooseModel, engineStore, ensureModel, type EngineState } from './engine-store.ts';
import { formatBytes } from './format.ts';
import styles from './models.module.css';

/** One line on the state of the model, for the header. */
export function statusText({ model, choice }: Pick<EngineState, 'model' | 'choice'>): string {
  switch (model.kind) {
    case 'none':
      return choice.source.kind === 'embedded' ? 'Picture book model' : 'Your model';
    case 'loading': {
      const { progress } = model;
      if (progress === null || progress.totalBytes === 0) return 'Loading the model…';
      return `Loading ${Math.round((100 * progress.bytes) / progress.totalBytes)} %`;
    }
    case 'ready':
      return model.summary.name;
    case 'failed':
      return 'No model';
  }
}

const phaseWords = {
  find: 'Looking for',
  download: 'Loading',
  verify: 'Checking',
  convert: 'Converting',
  compile: 'Preparing',
  ready: 'Ready:',
} as const;

export function loadingText(model: EngineState['model']): string {
  if (model.kind !== 'loading' || model.progress === null) return 'Getting ready…';
  const { phase, file, bytes, totalBytes } = model.progress;
  const amount = totalBytes > 0 ? ` (${formatBytes(bytes)} of ${formatBytes(totalBytes)})` : '';
  return `${phaseWords[phase]} ${file}${amount}`;
}

export function ModelStatus(): ReactElement {
  const state = useStore(engineStore);
  return (
    <Popover.Root>
      <Popover.Trigger className={styles['status']} data-state={state.model.kind}>
        <span className={styles['dot']} aria-hidden="true" />
        <span className="visually-hidden">Model: </span>
        <span className={styles['statusText']}>{statusText(state)}</span>
        <Icon name="chevron" size={16} />
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={8} align="end" collisionPadding={12} className={styles['positioner']}>
          <Popover.Popup className={styles['popup']}>
            <div className={styles['popupHead']}>
              <Popover.Title className={styles['title']}>Model</Popover.Title>
              <Popover.Close render={<IconButton label="Close" icon="close" />} />
            </div>
            <ModelDetails state={state} />
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

function ModelDetails({ state }: { readonly state: EngineState }): ReactElement {
  const { model, choice, device } = state;
  return (
    <div className={styles['details']}>
      <p>
        {choice.source.kind === 'embedded'
          ? 'A small model that comes with this page. It knows only its own picture-book world.'
          : `From ${choice.source.baseUrl}`}
      </p>
      {model.kind === 'loading' && <p role="status">{loadingText(model)}</p>}
      {model.kind === 'failed' && (
        <>
          <p className={styles['problem']}>{model.error.message}</p>
          <Button onClick={() => void ensureModel(engine)}>Try again</Button>
        </>
      )}
      {model.kind === 'ready' && (
        <>
          <dl className={styles['facts']}>
            <dt>Runs on</dt>
            <dd>{model.summary.provider === 'webgpu' ? (device?.webgpu?.adapter ?? 'WebGPU') : 'the processor'}</dd>
            <dt>Precision</dt>
            <dd>{model.summary.precision}</dd>
            <dt>Made for</dt>
            <dd>
              {model.summary.nativeSize} × {model.summary.nativeSize} pixels
            </dd>
            <dt>Loaded</dt>
            <dd>{formatBytes(model.summary.bytesLoaded)}</dd>
            <dt>Memory</dt>
            <dd>{formatBytes(model.summary.predictedBytes)}</dd>
          </dl>
          {model.summary.plan !== '' && <p>{model.summary.plan}</p>}
          {model.summary.notices.map(({ code, message }) => (
            <p key={code} className={styles['notice']}>
              {message}
            </p>
          ))}
        </>
      )}
      <SelectField
        label="Run on"
        value={choice.provider}
        options={[
          { value: 'auto', text: 'Graphics processor, where there is one' },
          { value: 'webgpu', text: 'Graphics processor (WebGPU)' },
          { value: 'wasm', text: 'Processor (slow)' },
        ]}
        onChange={(provider) => {
          chooseModel(engine, { provider });
          void ensureModel(engine);
        }}
      />
      {choice.source.kind !== 'embedded' && (
        <Button onClick={() => {
          chooseModel(engine, { source: { kind: 'embedded' } });
          void ensureModel(engine);
        }}>
          Use the picture book model
        </Button>
      )}
    </div>
  );
}
