import { useId, type ReactElement, type ReactNode } from 'react';
import styles from './controls.module.css';

interface Described {
  readonly label: string;
  readonly hint?: string | undefined;
}

/** What ties a control to its label and its hint. */
interface ControlProps {
  readonly id: string;
  readonly 'aria-describedby': string | undefined;
}

function useControl({ hint }: Pick<Described, 'hint'>): ControlProps {
  const id = useId();
  return { id, 'aria-describedby': hint === undefined ? undefined : hintId(id) };
}

const hintId = (id: string): string => `${id}-hint`;

function Label({ id, text }: { readonly id: string; readonly text: string }): ReactElement {
  return (
    <label className={styles['label']} htmlFor={id}>
      {text}
    </label>
  );
}

function Hint({ id, text }: { readonly id: string; readonly text: string | undefined }): ReactNode {
  return (
    text !== undefined && (
      <p id={hintId(id)} className={styles['hint']}>
        {text}
      </p>
    )
  );
}

function Field({
  id,
  label,
  hint,
  children,
}: Described & { readonly id: string; readonly children: ReactNode }): ReactElement {
  return (
    <div className={styles['field']}>
      <Label id={id} text={label} />
      {children}
      <Hint id={id} text={hint} />
    </div>
  );
}

export function SelectField<Value extends string>({
  label,
  hint,
  value,
  options,
  disabled = false,
  onChange,
}: Described & {
  readonly value: Value;
  readonly disabled?: boolean;
  readonly options: readonly { readonly value: Value; readonly text: string }[];
  readonly onChange: (value: Value) => void;
}): ReactElement {
  const control = useControl({ hint });
  return (
    <Field id={control.id} label={label} hint={hint}>
      <select
        {...control}
        className={`${styles['input'] ?? ''} ${styles['select'] ?? ''}`}
        value={value}
        disabled={disabled}
        onChange={(event) => {
          const chosen = options.find((option) => option.value === event.target.value);
          if (chosen !== undefined) onChange(chosen.value);
        }}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.text}
          </option>
        ))}
      </select>
    </Field>
  );
}

export function TextField({
  label,
  hint,
  value,
  rows,
  placeholder,
  onChange,
}: Described & {
  readonly value: string;
  readonly rows: number;
  readonly placeholder?: string;
  readonly onChange: (value: string) => void;
}): ReactElement {
  const control = useControl({ hint });
  return (
    <Field id={control.id} label={label} hint={hint}>
      <textarea
        {...control}
        className={styles['input']}
        rows={rows}
        value={value}
        placeholder={placeholder}
        onChange={(event) => {
          onChange(event.target.value);
        }}
      />
    </Field>
  );
}

export function SwitchField({
  label,
  hint,
  checked,
  onChange,
}: Described & {
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}): ReactElement {
  const control = useControl({ hint });
  return (
    <div className={styles['switchRow']}>
      <div>
        <Label id={control.id} text={label} />
        <Hint id={control.id} text={hint} />
      </div>
      <input
        {...control}
        type="checkbox"
        // oxlint-disable-next-line jsx-a11y/role-has-required-aria-props -- a checkbox says by itself whether it is checked
        role="switch"
        className={styles['switch']}
        checked={checked}
        onChange={(event) => {
          onChange(event.target.checked);
        }}
      />
    </div>
  );
}
