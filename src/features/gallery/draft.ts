/** Caption, pins and settings as one: an example or a picture's recipe replaces them all, and what stood there can be put back. */
import type { ToastOptions } from '../../ui/toast.ts';
import { composeStore, setComposition } from '../compose/compose-store.ts';
import type { ComposeData, Pin } from '../compose/pins.ts';
import { defaultSettings, setSettings, settingsStore, type Settings } from '../settings/settings.ts';

interface Draft {
  readonly compose: ComposeData & { readonly waiting: readonly Pin[] };
  readonly settings: Settings;
}

/** What was filled in last: as long as it stands unchanged, nothing of the person's own is lost with it. */
let filled: Draft = { compose: { caption: '', pins: [], waiting: [] }, settings: defaultSettings };

function currentDraft(): Draft {
  const { caption, pins, waiting } = composeStore.getState();
  return {
    compose: { caption, pins: [...pins], waiting: waiting.map(({ pin }) => pin) },
    settings: settingsStore.getState(),
  };
}

/** The seed does not count: it is drawn again after each run. */
function isSame(a: Draft, b: Draft): boolean {
  const essence = ({ compose, settings }: Draft): string => JSON.stringify([compose, { ...settings, seed: 0 }]);
  return essence(a) === essence(b);
}

type PutBack = () => void;

/**
 * @param compose null leaves caption and pins as they are
 * @returns what puts the earlier draft back; null where nothing of the person's own was replaced
 */
export function fillIn(compose: ComposeData | null, settings: Partial<Settings>): PutBack | null {
  const before = currentDraft();
  const isOwn = !isSame(before, filled);
  if (compose !== null) setComposition(compose);
  setSettings(settings);
  filled = currentDraft();
  if (!isOwn || isSame(before, filled)) return null;
  return () => {
    setComposition(before.compose);
    setSettings(before.settings);
  };
}

/** For the toast that tells of it. */
export function undoButton(putBack: PutBack | null): ToastOptions {
  return putBack === null ? {} : { action: { label: 'Undo', onClick: putBack } };
}
