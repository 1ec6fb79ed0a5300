/** From files and finished pictures to what a run starts from. */
import type { EngineApi } from '../../../workers/api.ts';
import { toast } from '../../ui/toast.ts';
import { takePicture } from '../compose/pins/subject-library.ts';
import { engineStore } from '../models/loading/engine-store.ts';
import { setSettings, settingsStore } from '../settings/settings.ts';
import { sizeInShapeOf } from './start-size.ts';
import { setStart, startStore, type Start } from './start-store.ts';

type Inspector = Pick<EngineApi, 'inspectImage'>;

interface TakeOptions {
  readonly name: string;
  /** A finished picture has a size that the model makes: it stays. */
  readonly keepsSize: boolean;
}

/** What stood there can be had back. */
function tellReplaced(text: string): void {
  const { start } = startStore.getState();
  if (start === null) return;
  const { width, height } = settingsStore.getState();
  toast(text, {
    action: {
      label: 'Undo',
      onClick: () => {
        setStart(start);
        setSettings({ width, height });
      },
    },
  });
}

/** Runs start from this picture from now on, in its shape. @returns what is wrong with it, else null */
export async function takeStart(engine: Inspector, image: Blob, options: TakeOptions): Promise<string | null> {
  const { name, keepsSize } = options;
  const taken = await takePicture(engine, image, { name, sample: null });
  if (!taken.ok) return taken.error.message;
  const { id, width, height } = taken.value;
  tellReplaced(`Runs now start from “${name}”.`);
  const picture: Start['picture'] = { id, name, width, height };
  setStart({ picture, mask: null });
  const { model } = engineStore.getState();
  if (keepsSize) setSettings({ width, height });
  else if (model.kind === 'ready') setSettings(sizeInShapeOf(picture, model.summary));
  return null;
}

export function removeStart(): void {
  tellReplaced('Runs start from nothing again.');
  setStart(null);
}
