import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { engine } from '../../engine-client/engine.ts';
import { Button } from '../../ui/Button.tsx';
import { chooseModel, engineStore, ensureModel, lacksWebGpu } from './engine-store.ts';
import styles from './models.module.css';

/** What to do without WebGPU, and the slow way that works everywhere for the small model. */
export function NoWebGpu(): ReactElement | null {
  const state = useStore(engineStore);
  if (!lacksWebGpu(state)) return null;
  return (
    <section className={styles['noGpu']} aria-labelledby="no-webgpu">
      <h2 id="no-webgpu">This browser cannot use the graphics processor</h2>
      <p>{state.device?.reason ?? 'WebGPU is not available here.'}</p>
      {state.choice.source.kind === 'embedded' ? (
        <>
          <p>The picture book model is small enough for the processor: a picture then takes minutes rather than seconds.</p>
          <Button onClick={() => {
            chooseModel(engine, { provider: 'wasm' });
            void ensureModel(engine);
          }}>
            Run on the processor
          </Button>
        </>
      ) : (
        <Button onClick={() => {
          chooseModel(engine, { source: { kind: 'embedded' }, provider: 'wasm' });
          void ensureModel(engine);
        }}>
          Use the picture book model on the processor
        </Button>
      )}
    </section>
  );
}
