import type { ComponentProps, ReactElement } from 'react';
import styles from './controls.module.css';
import { Icon, type IconName } from './Icon.tsx';

interface Look {
  readonly look?: 'plain' | 'primary' | 'quiet';
  readonly icon?: IconName;
}

function classNames(...names: readonly (string | false | undefined)[]): string {
  return names.filter((name) => typeof name === 'string' && name !== '').join(' ');
}

export function Button({
  look = 'plain',
  icon,
  className,
  children,
  ...rest
}: ComponentProps<'button'> & Look): ReactElement {
  return (
    <button
      type="button"
      className={classNames(styles['button'], look !== 'plain' && styles[look], className)}
      {...rest}
    >
      {icon !== undefined && <Icon name={icon} />}
      {children}
    </button>
  );
}

/** A button of an icon alone: its name is read out and shown as a tooltip. */
export function IconButton({
  label,
  icon,
  look = 'quiet',
  className,
  ...rest
}: Omit<ComponentProps<'button'>, 'children'> &
  Look & { readonly label: string; readonly icon: IconName }): ReactElement {
  return (
    <button
      type="button"
      aria-label={label}
      title={label}
      className={classNames(styles['button'], styles['icon'], look !== 'plain' && styles[look], className)}
      {...rest}
    >
      <Icon name={icon} />
    </button>
  );
}
