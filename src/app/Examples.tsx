import { Menu } from '@base-ui/react/menu';
import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { engine } from '../engine-client/engine.ts';
import { loadExamples } from '../features/compose/pins/samples.ts';
import { offeredWells } from '../features/compose/wells/wells.ts';
import { engineStore } from '../features/models/loading/engine-store.ts';
import { settingsStore } from '../features/settings/settings.ts';
import { Icon } from '../ui/Icon.tsx';
import { usePromise } from '../ui/use-promise.ts';
import styles from './app.module.css';
import { applyExample, startFromPictures } from './start.ts';

/** Compositions that the picture book model does well, and the way to one's own. */
export function Examples(): ReactElement | null {
  const examples = usePromise(loadExamples, 'examples');
  const voices = useStore(settingsStore, ({ pinVoices }) => pinVoices);
  const canStartFromPictures = offeredWells(useStore(engineStore), voices).length > 0;
  if (examples === null || examples.length === 0) return null;
  return (
    <Menu.Root>
      <Menu.Trigger className={styles['examples']}>
        Examples
        <Icon name="chevron" size={16} />
      </Menu.Trigger>
      {/* A region of its own: content of a page lies in landmarks. */}
      <Menu.Portal render={<section aria-label="Examples" />}>
        <Menu.Positioner sideOffset={6} align="end" collisionPadding={12} className={styles['positioner']}>
          <Menu.Popup className={styles['menu']}>
            {examples.map((example) => (
              <Menu.Item
                key={`${example.caption} ${example.seed}`}
                className={styles['menuItem']}
                onClick={() => void applyExample(engine, example)}
              >
                {example.caption}
              </Menu.Item>
            ))}
            {canStartFromPictures && (
              <>
                <Menu.Separator className={styles['separator']} />
                <Menu.Item className={styles['menuItem']} onClick={startFromPictures}>
                  Your own pictures: an empty caption
                </Menu.Item>
              </>
            )}
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
