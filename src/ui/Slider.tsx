import { useId, type CSSProperties, type ReactElement, type ReactNode } from 'react';
import controls from './controls.module.css';
import styles from './slider.module.css';

/** A number between two ends. */
export function Slider({
  label,
  value,
  limits: { min, max, step },
  said,
  shown,
  isFilled = false,
  isInRow = false,
  onChange,
}: {
  readonly label: string;
  readonly value: number;
  readonly limits: { readonly min: number; readonly max: number; readonly step: number };
  /** The value in words, for people who do not see the slider. */
  readonly said: string;
  /** The value beside the label; left out, none is shown. */
  readonly shown?: ReactNode;
  /** The part below the value has the colour of the pin that it belongs to. */
  readonly isFilled?: boolean;
  /** The label stands before the slider, not above it. */
  readonly isInRow?: boolean;
  readonly onChange: (value: number) => void;
}): ReactElement {
  const id = useId();
  const style: CSSProperties & Record<`--${string}`, string> = { '--at': `${(100 * value) / max}%` };
  return (
    <div className={styles['slider']} data-filled={isFilled} data-row={isInRow} style={style}>
      <label className={controls['label']} htmlFor={id}>
        {label}
      </label>
      {shown !== undefined && (
        <output className={styles['value']} htmlFor={id}>
          {shown}
        </output>
      )}
      <input
        id={id}
        type="range"
        className={controls['range']}
        min={min}
        max={max}
        step={step}
        value={value}
        aria-valuetext={said}
        onChange={(event) => {
          onChange(Number(event.target.value));
        }}
      />
    </div>
  );
}
