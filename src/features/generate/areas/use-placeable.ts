import { useStore } from 'zustand';
import { composeStore } from '../../compose/draft/compose-store.ts';
import type { WordPin } from '../../compose/pins/pins.ts';
import { copiesDetail, givesLook } from '../../models/loading/model-abilities.ts';
import { engineStore } from '../../models/loading/engine-store.ts';
import { settingsStore } from '../../settings/settings.ts';
import { placeablePins } from './area-store.ts';

/** Pins that can have a place in the picture. */
export function usePlaceable(): readonly WordPin[] {
  const look = useStore(engineStore, givesLook);
  const detail = useStore(engineStore, copiesDetail);
  const pins = useStore(composeStore, (state) => state.pins);
  const voices = useStore(settingsStore, ({ pinVoices }) => pinVoices);
  return placeablePins(pins, { voices, look, detail });
}
