import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { engine } from '../../../engine-client/engine.ts';
import { Button } from '../../../ui/Button.tsx';
import { chooseModel } from '../loading/choose-model.ts';
import { engineStore } from '../loading/engine-store.ts';
import styles from '../../../ui/section.module.css';
import { TextSource } from '../sources/SourceForm.tsx';
import { parsePartSource, sourceName } from '../sources/sources.ts';

/** A part of the model: the checkpoint's, unless another repository is named. */
export function BorrowedPart({
  part,
  label,
  hint,
  placeholder,
}: {
  readonly part: 'imageEncoder' | 'vae';
  readonly label: string;
  readonly hint: string;
  readonly placeholder: string;
}): ReactElement {
  const source = useStore(engineStore, (state) => state.choice[part]);
  if (source !== null) {
    return (
      <p className={styles['item']}>
        <span>
          {label} from <strong>{sourceName(source)}</strong>
        </span>
        <Button
          onClick={() => {
            chooseModel(engine, { [part]: null });
          }}
        >
          Use the model’s own
        </Button>
      </p>
    );
  }
  return (
    <TextSource
      label={`${label} from another repository`}
      action="Use"
      hint={hint}
      initial=""
      placeholder={placeholder}
      parse={(text) => parsePartSource(text, location.href)}
      onChoose={(chosen) => {
        chooseModel(engine, { [part]: chosen });
      }}
    />
  );
}
