import { useId, type ReactElement } from 'react';
import { useStore } from 'zustand';
import { formatBytes, type ModelSource } from '../../../../workers/api.ts';
import { appleMobileMemory, isOnAppleMobile } from '../../../engine-client/apple-mobile.ts';
import { engine } from '../../../engine-client/engine.ts';
import { Button } from '../../../ui/Button.tsx';
import { Icon } from '../../../ui/Icon.tsx';
import { chooseKit } from './choose-kit.ts';
import { engineStore } from '../loading/engine-store.ts';
import { ensureModel } from '../loading/load-model.ts';
import { kitFit } from './kit-fit.ts';
import styles from './kits.module.css';
import { SourceForm } from '../sources/SourceForm.tsx';
import { isChosenKit, starterKits, type StarterKit } from './starter-kits.ts';

/** Models to begin with, one press each, and the way to any other. @param onBegin is called when one begins to load */
export function StarterKits({
  onBegin,
  onChoose,
}: {
  readonly onBegin: () => void;
  readonly onChoose: (source: ModelSource) => void;
}): ReactElement {
  const headingId = useId();
  const isOwn = useStore(engineStore, ({ choice }) => starterKits.every((kit) => !isChosenKit(kit, choice)));
  return (
    <section aria-labelledby={headingId} className={styles['kits']}>
      <h3 id={headingId} className={styles['title']}>
        Choose a model
      </h3>
      <ul className={styles['list']}>
        {starterKits.map((kit) => (
          <Kit key={kit.name} kit={kit} onBegin={onBegin} />
        ))}
        <li className={styles['ownKit']} data-chosen={isOwn} aria-current={isOwn ? 'true' : undefined}>
          <details>
            <summary>
              <span>
                <strong>My own…</strong>
                <span className={styles['text']}>
                  Any Stable Diffusion 1.x model: from the Hub, an address, a folder or a file.
                </span>
              </span>
              <Icon name="chevron" size={16} />
            </summary>
            <SourceForm onChoose={onChoose} />
          </details>
        </li>
      </ul>
    </section>
  );
}

function Kit({ kit, onBegin }: { readonly kit: StarterKit; readonly onBegin: () => void }): ReactElement {
  const isChosen = useStore(engineStore, ({ choice }) => isChosenKit(kit, choice));
  const device = useStore(engineStore, (state) => state.device);
  const fit = kitFit(kit, device, isOnAppleMobile() ? appleMobileMemory : Infinity);
  return (
    <li className={styles['kit']} data-chosen={isChosen} aria-current={isChosen ? 'true' : undefined}>
      <h4>{kit.name}</h4>
      <p className={styles['text']}>{kit.goodAt}</p>
      <dl className={styles['facts']}>
        <dt>Download</dt>
        <dd>{kit.downloadBytes === 0 ? 'Comes with this page.' : `${formatBytes(kit.downloadBytes)}, once.`}</dd>
        <dt>Memory</dt>
        <dd data-impossible={!fit.isPossible}>{fit.text}</dd>
        <dt>Licence</dt>
        <dd>
          {kit.licences.map(({ name, page }, index) => (
            <span key={name}>
              {index > 0 && ', '}
              <a href={page} target="_blank" rel="noreferrer">
                {name}
              </a>
            </span>
          ))}
        </dd>
      </dl>
      {isChosen ? (
        <p className={styles['chosen']}>
          <Icon name="check" size={16} />
          Chosen
        </p>
      ) : (
        fit.isPossible && (
          <Button
            aria-label={`Use ${kit.name}`}
            onClick={() => {
              chooseKit(engine, kit);
              void ensureModel(engine);
              onBegin();
            }}
          >
            Use
          </Button>
        )
      )}
    </li>
  );
}
