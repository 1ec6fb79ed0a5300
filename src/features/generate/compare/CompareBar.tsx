import { Popover } from '@base-ui/react/popover';
import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { splitWords } from '../../../../workers/api.ts';
import { Button, IconButton } from '../../../ui/Button.tsx';
import { SelectField, TextField } from '../../../ui/Fields.tsx';
import { composeStore, currentComposition } from '../../compose/draft/compose-store.ts';
import { engineStore } from '../../models/loading/engine-store.ts';
import { settingsStore } from '../../settings/settings.ts';
import { chosenAxes, comparedNow, compareStore, startComparison } from './compare.ts';
import {
  axisLabel,
  axisName,
  compareAxes,
  compareCells,
  lookingPins,
  usableAxes,
  type CompareAxis,
  type Compared,
} from './compare-axes.ts';
import styles from './compare.module.css';
import { usePopupMargins } from '../../../ui/messages-room.ts';

/** One press for several pictures of one seed, and what they differ in. */
export function CompareBar(): ReactElement {
  const margins = usePopupMargins();
  const compared = useCompared();
  const { columns, rows } = chosenAxes(useStore(compareStore), compared);
  const count = compareCells(compared, columns, rows).length;
  const by = [columns, ...(rows === null ? [] : [rows])].map((axis) => axisName(axis, compared)).join(' × ');
  return (
    <div className={styles['bar']}>
      <Button look="quiet" icon="compare" onClick={() => void startComparison()}>
        Compare {by}
        <span className={styles['count']}>{count} pictures</span>
      </Button>
      <Popover.Root>
        <Popover.Trigger render={<IconButton label="What to compare" icon="chevron" />} />
        <Popover.Portal>
          <Popover.Positioner sideOffset={8} collisionPadding={margins} align="end" className={styles['positioner']}>
            <Popover.Popup className={styles['popup']}>
              <Popover.Title className={styles['title']}>Pictures of one seed that differ in</Popover.Title>
              <AxisField
                label="One value"
                value={columns}
                axes={usableAxes(compared)}
                onChange={(axis) => {
                  compareStore.setState({ columns: axis ?? columns });
                }}
              />
              <Which axis={columns} compared={compared} />
              <AxisField
                label="And in rows"
                value={rows}
                axes={usableAxes(compared, columns)}
                canBeNone
                onChange={(axis) => {
                  compareStore.setState({ rows: axis });
                }}
              />
              {rows !== null && <Which axis={rows} compared={compared} />}
            </Popover.Popup>
          </Popover.Positioner>
        </Popover.Portal>
      </Popover.Root>
    </div>
  );
}

/** What the page says now. */
function useCompared(): Compared {
  const state = useStore(compareStore);
  const settings = useStore(settingsStore);
  const model = useStore(engineStore, (engine) => (engine.model.kind === 'ready' ? engine.model.summary : null));
  // What comparedNow and currentComposition read.
  useStore(engineStore, ({ choice }) => choice);
  useStore(composeStore);
  return comparedNow(state, currentComposition(), settings, model);
}

const none = { value: 'none', text: 'Nothing more' } as const;

function AxisField({
  label,
  value,
  axes,
  canBeNone = false,
  onChange,
}: {
  readonly label: string;
  readonly value: CompareAxis | null;
  readonly axes: readonly CompareAxis[];
  readonly canBeNone?: boolean;
  readonly onChange: (axis: CompareAxis | null) => void;
}): ReactElement {
  return (
    <SelectField
      label={label}
      value={value ?? none.value}
      options={[...(canBeNone ? [none] : []), ...axes.map((axis) => ({ value: axis, text: compareAxes[axis].label }))]}
      onChange={(chosen) => {
        onChange(chosen === 'none' ? null : chosen);
      }}
    />
  );
}

/** What an axis is of, where there are several, and what a method reads. */
function Which({ axis, compared }: { readonly axis: CompareAxis; readonly compared: Compared }): ReactElement | null {
  if (axis === 'method') return <DetailedCaption text={compared.detailedCaption} />;
  if (axis === 'loraWeight' && compared.loras.length > 1) return <LoraTried compared={compared} />;
  return axis === 'lookStrength' && lookingPins(compared).length > 1 ? <PinTried compared={compared} /> : null;
}

function DetailedCaption({ text }: { readonly text: string }): ReactElement {
  const isEmpty = splitWords(text).length === 0;
  return (
    <TextField
      label="Detailed caption"
      hint={
        isEmpty
          ? 'Describe the subject in words, and its pictures are compared with them. Empty, it is left out.'
          : 'Made from these words alone, without pictures.'
      }
      value={text}
      rows={3}
      placeholder="a spotted dog with a blue scarf on the beach"
      onChange={(detailedCaption) => {
        compareStore.setState({ detailedCaption });
      }}
    />
  );
}

function LoraTried({ compared }: { readonly compared: Compared }): ReactElement {
  const [first] = compared.loras;
  return (
    <SelectField
      label="LoRA"
      value={compared.lora ?? first?.id ?? ''}
      options={compared.loras.map(({ id, name }) => ({ value: id, text: name }))}
      onChange={(lora) => {
        compareStore.setState({ lora });
      }}
    />
  );
}

function PinTried({ compared }: { readonly compared: Compared }): ReactElement {
  const pins = lookingPins(compared);
  return (
    <SelectField
      label="Pinned word"
      value={String(compared.word ?? pins[0]?.word ?? '')}
      options={pins.map((pin) => ({
        value: String(pin.word),
        text: axisLabel('lookStrength', { ...compared, word: pin.word }),
      }))}
      onChange={(word) => {
        compareStore.setState({ word: Number(word) });
      }}
    />
  );
}
