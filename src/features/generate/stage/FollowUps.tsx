import type { ReactElement } from 'react';
import { useStore } from 'zustand';
import { engine } from '../../../engine-client/engine.ts';
import { IconButton } from '../../../ui/Button.tsx';
import { galleryStore } from '../../gallery/gallery-store.ts';
import type { PictureRecord } from '../../gallery/picture-record.ts';
import { engineStore } from '../../models/loading/engine-store.ts';
import { lacksStart } from '../../models/loading/model-abilities.ts';
import { factorOfLarger, makeLarger, makeOthers, pinOnWord, startFrom } from './follow-ups.ts';

const oneDigit = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

/** What can be made of a finished picture. What the loaded model cannot do is left out; a hidden picture would be shown by the field that it starts from. */
export function FollowUps({ record }: { readonly record: PictureRecord }): ReactElement {
  const canStart = useStore(engineStore, (state) => lacksStart(state) === null);
  const model = useStore(engineStore, (state) => (state.model.kind === 'ready' ? state.model.summary : null));
  const isHidden = useStore(galleryStore, ({ revealed }) => record.flagged === true && !revealed.has(record.id));
  const factor = canStart ? factorOfLarger(record, model) : null;
  return (
    <>
      {factor !== null && (
        <IconButton
          label={`Make larger ×${oneDigit.format(factor)}`}
          icon="enlarge"
          onClick={() => void makeLarger(engine, record, model)}
        />
      )}
      {isOf(record, model?.id) && (
        <IconButton label="Four more like this" icon="more" onClick={() => void makeOthers(record)} />
      )}
      {!isHidden && <IconButton label="Pin this on a word" icon="pin" onClick={() => void pinOnWord(record)} />}
      {canStart && !isHidden && (
        <IconButton label="Start from this" icon="from" onClick={() => void startFrom(engine, record)} />
      )}
    </>
  );
}

/** Another model would make something else of the same noise. */
function isOf({ recipe }: PictureRecord, loaded: string | undefined): boolean {
  return loaded === undefined || recipe.model.id === loaded;
}
