import type { ReactElement, ReactNode } from 'react';
import { schedulerLabels, textParts } from '../../../workers/api.ts';
import { engine } from '../../engine-client/engine.ts';
import { Button, IconButton } from '../../ui/Button.tsx';
import { toast } from '../../ui/toast.ts';
import { textDirection } from '../compose/caption/direction.ts';
import { carriedIn, withoutPinned } from './carried.ts';
import { tellDeletion } from './deletion-toast.ts';
import { undoButton } from './draft.ts';
import { galleryStore, removePicture } from './gallery-store.ts';
import styles from './gallery.module.css';
import { linkOf } from './link.ts';
import type { PictureRecord } from './picture-record.ts';
import { applyForeignRecipe, applyRecipe } from './reuse.ts';
import { savePicture } from './save-pictures.ts';

async function copy(record: PictureRecord): Promise<void> {
  try {
    // What was taken in from elsewhere may carry pinned pictures.
    const png =
      record.isForeign === true ? withoutPinned(engine, record.png).then((bare) => bare ?? record.png) : record.png;
    await navigator.clipboard.write([new ClipboardItem({ 'image/png': png })]);
    toast('Copied to the clipboard.');
  } catch {
    toast.error('The browser did not allow copying. Download the picture instead.');
  }
}

async function copyLink(record: PictureRecord): Promise<void> {
  try {
    await navigator.clipboard.writeText(linkOf(record.recipe, location.href));
    toast('The link is copied. It carries caption and settings, no pictures.');
  } catch {
    toast.error('The browser did not allow copying.');
  }
}

async function reuse(record: PictureRecord): Promise<void> {
  const { missing, putBack } =
    record.isForeign === true
      ? await applyForeignRecipe(engine, record.recipe, await carriedIn(engine, record.png))
      : await applyRecipe(engine, record.recipe);
  if (missing.length === 0) toast('Caption, pins and settings are back. The seed is locked.', undoButton(putBack));
  else
    toast.warning(
      `These files are no longer in this browser: ${missing.join(', ')}. Pin or add them again.`,
      undoButton(putBack),
    );
}

function remove(record: PictureRecord, button: HTMLElement): void {
  // With the last picture its actions go: the focus stays in the stage.
  if (galleryStore.getState().pictures.length === 1) button.closest('section')?.focus();
  tellDeletion(removePicture(record.id));
}

/** What can be done with a finished picture. @param children buttons that make others of it */
export function PictureActions({
  record,
  children,
}: {
  readonly record: PictureRecord;
  readonly children?: ReactNode;
}): ReactElement {
  return (
    <div className={styles['actions']} role="group" aria-label="Picture actions">
      <Button icon="download" title="As PNG, with all settings inside" onClick={() => void savePicture(engine, record)}>
        Download
      </Button>
      <Button look="quiet" icon="reuse" title="Use these settings again" onClick={() => void reuse(record)}>
        Reuse settings
      </Button>
      {children}
      <IconButton label="Copy a link to these settings" icon="link" onClick={() => void copyLink(record)} />
      <IconButton label="Copy the picture" icon="copy" onClick={() => void copy(record)} />
      <IconButton
        label="Delete the picture"
        icon="trash"
        onClick={(event) => {
          remove(record, event.currentTarget);
        }}
      />
    </div>
  );
}

/** Caption and settings of a finished picture, in one line each. */
export function PictureFacts({ record }: { readonly record: PictureRecord }): ReactElement {
  const { compose, embeddings, settings, guidanceMoved, start } = record.recipe;
  const hues = new Map(compose.pins.map(({ word, hue }) => [word, hue]));
  const facts = [
    ...(compose.pins.length > 0 ? [`α ${settings.alpha.toFixed(2)}${guidanceMoved ? ' (moved)' : ''}`] : []),
    ...embeddings.map(({ trigger }) => `embedding ${trigger}`),
    `guidance ${settings.guidanceScale}`,
    settings.steps === 1 ? '1 step' : `${settings.steps} steps`,
    schedulerLabels[settings.scheduler],
    `seed ${settings.seed}`,
    ...(settings.variation > 0 ? [`variation ${settings.variation} of ${settings.variationSeed}`] : []),
    ...(start === undefined ? [] : [`strength ${settings.strength} from ${start.picture.name}`]),
    `${record.width} × ${record.height}`,
  ];
  return (
    <div className={styles['facts']}>
      <p className={styles['factsCaption']} dir={textDirection(compose.caption)}>
        {textParts(compose.caption).map(({ text, word }, index) =>
          word === null ? (
            ' '
          ) : (
            <span key={index} data-hue={hues.get(word)}>
              {text}
            </span>
          ),
        )}
      </p>
      {/* A line breaks between facts, not within one. */}
      <p className={styles['factsLine']}>{facts.map((fact) => fact.replaceAll(' ', '\u00a0')).join(' · ')}</p>
    </div>
  );
}
