import { plainWord, splitWords } from '../../../../workers/api.ts';
import { composeStore } from '../draft/compose-store.ts';
import type { PinnedSubject } from '../pins/pins.ts';
import { rememberSubject } from './library-store.ts';

/** Takes what is pinned on a word into the library, from now on: whoever pins it, and when its crop or cut-out changes. */
export function followPins(now: () => number = Date.now): void {
  composeStore.subscribe(({ caption, pins }, before) => {
    if (pins === before.pins) return;
    const known = new Set<PinnedSubject>(before.pins.flatMap(({ subjects }) => subjects));
    const words = splitWords(caption);
    for (const { word, subjects } of pins) {
      for (const subject of subjects) {
        if (!known.has(subject)) rememberSubject({ subject, word: plainWord(words[word] ?? ''), at: now() });
      }
    }
  });
}
