import { useId, type CSSProperties, type ReactElement } from 'react';
import controls from '../../../ui/controls.module.css';
import styles from './look.module.css';

/** How strongly one voice of a pin speaks. */
export function PinStrength({
  strength,
  limits: { min, max, step },
  meaning,
  onChange,
}: {
  readonly strength: number;
  readonly limits: { readonly min: number; readonly max: number; readonly step: number };
  /** What a strength does, for people who do not see the slider. */
  readonly meaning: (strength: number) => string;
  readonly onChange: (strength: number) => void;
}): ReactElement {
  const id = useId();
  const style: CSSProperties & Record<`--${string}`, string> = { '--at': `${(100 * strength) / max}%` };
  return (
    <div className={styles['strength']} style={style}>
      <label className={controls['label']} htmlFor={id}>
        Strength
      </label>
      <output className={styles['value']} htmlFor={id}>
        {strength.toFixed(2)}
      </output>
      <input
        id={id}
        type="range"
        className={controls['range']}
        min={min}
        max={max}
        step={step}
        value={strength}
        aria-valuetext={`${strength.toFixed(2)}, ${meaning(strength)}`}
        onChange={(event) => {
          onChange(Number(event.target.value));
        }}
      />
    </div>
  );
}
