/** Caption, pins, settings and what runs start from as one: an example or a picture's recipe replaces them all, and what stood there can be put back. */
import type { ToastOptions } from '../../ui/toast.ts';
import { composeStore, setComposition } from '../compose/draft/compose-store.ts';
import type { ComposeData, Pin } from '../compose/pins/pins.ts';
import { setStart, startStore, type Start } from '../start/start-store.ts';
import { defaultSettings, setSettings, settingsStore, type Settings } from '../settings/settings.ts';

interface Draft {
  readonly compose: ComposeData & { readonly waiting: readonly Pin[] };
  readonly settings: Settings;
  readonly start: Start | null;
}

/** What was filled in last: as long as it stands unchanged, nothing of the person's own is lost with it. */
let filled: Draft = { compose: { caption: '', pins: [], waiting: [] }, settings: defaultSettings, start: null };

function currentDraft(): Draft {
  const { caption, pins, waiting } = composeStore.getState();
  return {
    compose: { caption, pins: [...pins], waiting: waiting.map(({ pin }) => pin) },
    settings: settingsStore.getState(),
    start: startStore.getState().start,
  };
}

/** The seed does not count: it is drawn again after each run. */
function isSame(a: Draft, b: Draft): boolean {
  const essence = ({ compose, settings, start }: Draft): string =>
    JSON.stringify([compose, { ...settings, seed: 0 }, start]);
  return essence(a) === essence(b);
}

type PutBack = () => void;

/**
 * @param compose null leaves caption, pins and what runs start from as they are
 * @param isForeign it brings things that the person may not want, whatever stood there before
 * @returns what puts the earlier draft back; null where nothing of the person's own was replaced
 */
export function fillIn(
  compose: ComposeData | null,
  settings: Partial<Settings>,
  start: Start | null = null,
  isForeign = false,
): PutBack | null {
  const before = currentDraft();
  const isOwn = !isSame(before, filled);
  if (compose !== null) {
    setComposition(compose);
    setStart(start);
  }
  setSettings(settings);
  filled = currentDraft();
  if (!(isOwn || isForeign) || isSame(before, filled)) return null;
  return () => {
    setComposition(before.compose);
    setSettings(before.settings);
    setStart(before.start);
  };
}

/** For the toast that tells of it. */
export function undoButton(putBack: PutBack | null): ToastOptions {
  return putBack === null ? {} : { action: { label: 'Undo', onClick: putBack } };
}
