import { useEffect, useRef, type ReactElement } from 'react';
import { useStore } from 'zustand';
import type { ModelSource } from '../../../../workers/api.ts';
import { engine } from '../../../engine-client/engine.ts';
import { Button } from '../../../ui/Button.tsx';
import { chooseModel } from '../loading/choose-model.ts';
import { engineStore } from '../loading/engine-store.ts';
import styles from './no-webgpu.module.css';

const embedded: ModelSource = { kind: 'embedded' };

/**
 * What to do without WebGPU, and the slow way that works everywhere for the small model.
 * @param isAsked a picture was asked for, and waits for this choice: the question is brought before the person
 */
export function NoWebGpu({
  isAsked,
  onChosen,
}: {
  readonly isAsked: boolean;
  readonly onChosen: () => void;
}): ReactElement {
  const reason = useStore(engineStore, ({ device }) => device?.reason ?? 'WebGPU is not available here.');
  const isEmbedded = useStore(engineStore, ({ choice }) => choice.source.kind === 'embedded');
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    if (isAsked) box.current?.focus();
  }, [isAsked]);
  return (
    <section ref={box} tabIndex={-1} className={styles['noGpu']} aria-labelledby="no-webgpu" data-asked={isAsked}>
      <h2 id="no-webgpu">This browser cannot use the graphics processor</h2>
      <p>{reason}</p>
      {isEmbedded && (
        <p>
          The picture book model is small enough for the processor: a picture then takes some five to twenty seconds.
        </p>
      )}
      <Button
        onClick={() => {
          chooseModel(engine, { provider: 'wasm', ...(isEmbedded ? {} : { source: embedded }) });
          onChosen();
        }}
      >
        {isEmbedded ? 'Run on the processor' : 'Use the picture book model on the processor'}
      </Button>
    </section>
  );
}
