import { Popover } from '@base-ui/react/popover';
import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { Button, IconButton } from '../../ui/Button.tsx';
import { SelectField } from '../../ui/Fields.tsx';
import { composeStore } from '../compose/compose-store.ts';
import { settingsStore } from '../settings/settings.ts';
import { chosenAxes, compareStore, startComparison, usableAxis } from './compare.ts';
import { compareAxes, compareAxisNames, compareCells, type CompareAxis } from './compare-axes.ts';
import styles from './compare.module.css';

/** One press for several pictures of one seed, and what they differ in. */
export function CompareBar(): ReactElement {
  const hasPins = useStore(composeStore, ({ pins }) => pins.length > 0);
  const state = useStore(compareStore);
  const settings = useStore(settingsStore);
  const { columns, rows } = chosenAxes(state, hasPins);
  const count = compareCells(settings, columns, rows).length;
  const by = [columns, ...(rows === null ? [] : [rows])].map((axis) => compareAxes[axis].label).join(' × ');
  return (
    <div className={styles['bar']}>
      <Button look="quiet" icon="compare" onClick={() => void startComparison()}>
        Compare {by}
        <span className={styles['count']}>{count} pictures</span>
      </Button>
      <Popover.Root>
        <Popover.Trigger render={<IconButton label="What to compare" icon="chevron" />} />
        <Popover.Portal>
          <Popover.Positioner sideOffset={8} collisionPadding={12} align="end" className={styles['positioner']}>
            <Popover.Popup className={styles['popup']}>
              <Popover.Title className={styles['title']}>Pictures of one seed that differ in</Popover.Title>
              <AxisField
                label="One value"
                value={columns}
                hasPins={hasPins}
                onChange={(axis) => {
                  compareStore.setState({ columns: axis });
                }}
              />
              <AxisField
                label="And in rows"
                value={rows}
                without={columns}
                hasPins={hasPins}
                onChange={(axis) => {
                  compareStore.setState({ rows: axis });
                }}
                onNone={() => {
                  compareStore.setState({ rows: null });
                }}
              />
            </Popover.Popup>
          </Popover.Positioner>
        </Popover.Portal>
      </Popover.Root>
    </div>
  );
}

function AxisField({
  label,
  value,
  without,
  hasPins,
  onChange,
  onNone,
}: {
  readonly label: string;
  readonly value: CompareAxis | null;
  readonly without?: CompareAxis;
  readonly hasPins: boolean;
  readonly onChange: (axis: CompareAxis) => void;
  readonly onNone?: () => void;
}): ReactElement {
  const axes = compareAxisNames.filter((axis) => axis !== without && usableAxis(axis, hasPins));
  const none = { value: 'none', text: 'Nothing more' } as const;
  return (
    <SelectField
      label={label}
      value={value ?? none.value}
      options={[
        ...(onNone === undefined ? [] : [none]),
        ...axes.map((axis) => ({ value: axis, text: compareAxes[axis].label })),
      ]}
      onChange={(chosen) => {
        if (chosen === 'none') onNone?.();
        else onChange(chosen);
      }}
    />
  );
}
