import { Menu } from '@base-ui/react/menu';
import type { ReactElement } from 'react';
import { engine } from '../engine-client/engine.ts';
import { loadExamples } from '../features/compose/samples.ts';
import { Icon } from '../ui/Icon.tsx';
import { usePromise } from '../ui/use-promise.ts';
import styles from './app.module.css';
import { applyExample } from './start.ts';

/** Compositions that the picture book model does well. */
export function Examples(): ReactElement | null {
  const examples = usePromise(loadExamples, 'examples');
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
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}
