import { Dialog } from '@base-ui/react/dialog';
import { useEffect, useRef, useState, type ReactElement, type ReactNode } from 'react';
import { useStore } from 'zustand';
import type { ModelSource } from '../../../../workers/api.ts';
import { engine } from '../../../engine-client/engine.ts';
import { IconButton } from '../../../ui/Button.tsx';
import frame from '../../../ui/dialog.module.css';
import { Icon } from '../../../ui/Icon.tsx';
import { AdapterSection } from '../addons/AdapterSection.tsx';
import { BorrowedPart } from '../addons/BorrowedPart.tsx';
import { chooseModel } from '../loading/choose-model.ts';
import { engineStore } from '../loading/engine-store.ts';
import { ensureModel } from '../loading/load-model.ts';
import { problemOf, takesTiny } from '../loading/model-abilities.ts';
import { statusText } from '../loading/loading.ts';
import { LoraSection } from '../addons/LoraSection.tsx';
import { MemorySection } from './MemorySection.tsx';
import { ModelFacts } from './ModelFacts.tsx';
import styles from './dialog.module.css';
import statusStyles from './status.module.css';
import { ProjectorSection } from '../addons/ProjectorSection.tsx';
import { Section } from '../../../ui/Section.tsx';
import { StarterKits } from '../kits/StarterKits.tsx';
import { StoredSection } from '../storage/StoredSection.tsx';
import { TinySection } from '../addons/TinySection.tsx';

/** The model in the header, and behind it all that can be said and chosen about models. @param addons sections of others on what goes with every model */
export function ModelStatus({ addons }: { readonly addons: ReactNode }): ReactElement {
  const state = useStore(engineStore);
  const [open, setOpen] = useState(false);
  const popup = useRef<HTMLDivElement>(null);
  // A costly load asks where it can be answered, whoever wanted the model.
  useEffect(
    () =>
      engineStore.subscribe(({ model }, before) => {
        if (model.kind === 'asking' && before.model.kind !== 'asking') setOpen(true);
      }),
    [],
  );
  // How a load goes, and what goes wrong, is said at the top.
  const toTop = (): void => {
    popup.current?.scrollTo({ top: 0 });
  };
  const choose = (source: ModelSource): void => {
    chooseModel(engine, { source });
    void ensureModel(engine);
    toTop();
  };
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Trigger className={statusStyles['status']} data-state={state.model.kind}>
        <span className={statusStyles['dot']} aria-hidden="true" />
        <span className="visually-hidden">Model: </span>
        <span className={statusStyles['statusText']}>{statusText(state)}</span>
        <Icon name="chevron" size={16} />
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className={frame['backdrop']} />
        <Dialog.Popup ref={popup} className={`${frame['dialog'] ?? ''} ${styles['dialog'] ?? ''}`}>
          <div className={styles['head']}>
            <Dialog.Title className={styles['title']}>Model</Dialog.Title>
            <Dialog.Close render={<IconButton label="Close" icon="close" />} />
          </div>
          <ModelFacts />
          <StarterKits onBegin={toTop} onChoose={choose} />
          <div>
            <Section title="Stored in this browser">
              <StoredSection onChoose={choose} />
            </Section>
            {state.choice.source.kind !== 'embedded' && (
              <>
                <Section
                  title="Look (IP-Adapter)"
                  note={state.choice.ipAdapter === null ? undefined : '1'}
                  open={problemOf(state, 'ipAdapter') !== null || problemOf(state, 'lookImageEncoder') !== null}
                >
                  <AdapterSection />
                </Section>
                <Section title="Projector">
                  <ProjectorSection />
                </Section>
                <Section title="VAE">
                  <BorrowedPart
                    part="vae"
                    label="VAE"
                    hint="What turns the network’s numbers into pixels. Left alone, the model’s own is used; some single files have none."
                    placeholder="stabilityai/sd-vae-ft-mse"
                  />
                </Section>
                {takesTiny(state) && (
                  <Section
                    title="Tiny autoencoder"
                    note={state.choice.tinyAutoencoder === null ? undefined : '1'}
                    open={problemOf(state, 'tinyAutoencoder') !== null}
                  >
                    <TinySection />
                  </Section>
                )}
                <Section
                  title="LoRA"
                  note={state.choice.loras.length > 0 ? String(state.choice.loras.length) : undefined}
                >
                  <LoraSection />
                </Section>
              </>
            )}
            {addons}
            <Section title="Processor and memory">
              <MemorySection />
            </Section>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
