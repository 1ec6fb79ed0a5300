import { toast } from '../../../ui/toast.ts';
import { composeStore, setArea } from '../draft/compose-store.ts';
import type { WordPin } from '../pins/pins.ts';

/** Lets a pin be anywhere in the picture; its place can be had back. @param text its word */
export function removeArea({ word, hue, area }: Pick<WordPin, 'word' | 'hue' | 'area'>, text: string): void {
  setArea(word, null);
  if (area === undefined) return;
  toast(`“${text}” may be anywhere in the picture.`, {
    action: {
      label: 'Undo',
      onClick: () => {
        // Its word may stand elsewhere by now.
        const pin = composeStore.getState().pins.find((candidate) => candidate.hue === hue);
        if (pin !== undefined) setArea(pin.word, area);
      },
    },
  });
}
