import { useId, useState, type ReactElement, type ReactNode } from 'react';
import styles from './controls.module.css';

interface NumberInputProps {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step?: number;
  /** Only multiples of this are taken; 1 for whole numbers. */
  readonly multipleOf?: number;
  readonly hint?: string;
  /** The label is read out but not shown. */
  readonly hideLabel?: boolean;
  readonly disabled?: boolean;
  readonly onChange: (value: number) => void;
  /** Buttons that belong to the field, after it. */
  readonly children?: ReactNode;
}

/** Text in the field, and the value that stands while it does. */
interface Draft {
  readonly text: string;
  readonly value: number;
}

function kindOf(multipleOf: number | undefined): string {
  if (multipleOf === undefined) return 'a number';
  return multipleOf === 1 ? 'a whole number' : `a multiple of ${multipleOf}`;
}

function problemOf(text: string, min: number, max: number, multipleOf: number | undefined): string | null {
  const value = text.trim() === '' ? NaN : Number(text);
  const fits = value >= min && value <= max && (multipleOf === undefined || value % multipleOf === 0);
  return fits ? null : `Enter ${kindOf(multipleOf)} from ${min} to ${max}.`;
}

/** Takes every valid value at once; an invalid one is explained while it stands, and put back when the field is left. */
export function NumberInput({
  label,
  value,
  min,
  max,
  step = 1,
  multipleOf,
  hint,
  hideLabel = false,
  disabled = false,
  onChange,
  children,
}: NumberInputProps): ReactElement {
  const id = useId();
  const [typed, setTyped] = useState<Draft | null>(null);
  // What was typed stands only while the value is the one that it stood for: dice or restored settings replace it.
  const draft = typed?.value === value ? typed.text : null;
  const problem = draft === null ? null : problemOf(draft, min, max, multipleOf);

  const type = (text: string): void => {
    const isValid = problemOf(text, min, max, multipleOf) === null;
    setTyped({ text, value: isValid ? Number(text) : value });
    if (isValid) onChange(Number(text));
  };

  return (
    <div className={styles['field']}>
      <label className={hideLabel ? 'visually-hidden' : styles['label']} htmlFor={id}>
        {label}
      </label>
      <div style={{ display: 'flex', gap: '0.25rem' }}>
        <input
          id={id}
          className={styles['input']}
          type="number"
          inputMode={multipleOf === undefined ? 'decimal' : 'numeric'}
          value={draft ?? value}
          min={min}
          max={max}
          step={step}
          disabled={disabled}
          aria-invalid={problem !== null}
          aria-describedby={problem !== null || hint !== undefined ? `${id}-text` : undefined}
          onChange={(event) => {
            type(event.target.value);
          }}
          onBlur={() => {
            setTyped(null);
          }}
          onKeyDown={(event) => {
            // Enter goes on with what was typed: not with a value that is no longer what the field shows.
            if (event.key === 'Enter' && problem !== null) event.preventDefault();
          }}
        />
        {children}
      </div>
      {(problem !== null || hint !== undefined) && (
        <p id={`${id}-text`} className={problem === null ? styles['hint'] : styles['problem']}>
          {problem ?? hint}
        </p>
      )}
    </div>
  );
}
