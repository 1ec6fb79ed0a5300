import type { ReactElement } from 'react';
import type { PictureArea } from '../../../../workers/api.ts';
import { Button } from '../../../ui/Button.tsx';
import controls from '../../../ui/controls.module.css';
import { NumberInput } from '../../../ui/NumberInput.tsx';
import { areaAround, areaWith, leastShare } from './area-geometry.ts';
import { removeArea } from './areas.ts';
import { setArea } from '../draft/compose-store.ts';
import styles from './look.module.css';
import type { WordPin } from '../pins/pins.ts';

const sides = [
  { key: 'x', label: 'Left', min: 0 },
  { key: 'y', label: 'Top', min: 0 },
  { key: 'width', label: 'Width', min: 100 * leastShare },
  { key: 'height', label: 'Height', min: 100 * leastShare },
] as const satisfies readonly { readonly key: keyof PictureArea; readonly label: string; readonly min: number }[];

const percent = (share: number): number => Math.round(1e4 * share) / 100;

/** Where in the new picture a pin may be, in numbers; the same place can be dragged on the stage. */
export function AreaFields({ pin, text }: { readonly pin: WordPin; readonly text: string }): ReactElement {
  const { area, word } = pin;
  if (area === undefined)
    return (
      <div className={styles['placeless']}>
        <Button
          look="quiet"
          icon="place"
          onClick={() => {
            setArea(word, areaAround({ x: 0.5, y: 0.5 }));
          }}
        >
          Bind it to a place in the picture
        </Button>
      </div>
    );
  return (
    <fieldset className={styles['place']}>
      <legend className={controls['label']}>Its place in the picture, in percent</legend>
      <div className={styles['sides']}>
        {sides.map(({ key, label, min }) => (
          <NumberInput
            key={key}
            label={label}
            value={percent(area[key])}
            min={min}
            max={100}
            onChange={(value) => {
              setArea(word, areaWith(area, { [key]: value / 100 }));
            }}
          />
        ))}
      </div>
      <Button
        look="quiet"
        icon="trash"
        onClick={() => {
          removeArea(pin, text);
        }}
      >
        Let it be anywhere
      </Button>
    </fieldset>
  );
}
