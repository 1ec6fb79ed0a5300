import { lookGrids } from '../../graph/modules/look-grids.ts';
import type { GenerateRequest } from '../../api.ts';
import type { LoadedModel } from '../model/loaded-model.ts';
import type { LatentSize } from '../modules/latent-size.ts';
import { areaAt } from '../modules/picture-areas.ts';
import { PinnedWords, type PinnedWord } from '../modules/pinned-words.ts';
import type { UnifiedPrompt, UnifiedPromptRequest } from '../prompt/unified-prompt.ts';
import { wordPositions } from '../prompt/word-positions.ts';
import type { DetailingPin, LookingPin } from './pin-voices.ts';

interface Gated {
  readonly looks: readonly LookingPin[];
  readonly details: readonly DetailingPin[];
}

interface ReadText {
  readonly laidOut: UnifiedPromptRequest;
  readonly prompt: readonly UnifiedPrompt[];
}

/**
 * The words whose maps gate looks (Conceptrol) and, where the request binds them, details, in the order of the request's
 * pins.
 * @returns null where nothing is gated. @throws PinwordError 'pin-cut-off' | 'pin-without-token'
 */
export function findWords(
  { tokenizer, unetConfig }: Pick<LoadedModel, 'tokenizer' | 'unetConfig'>,
  { boundToWord }: Pick<GenerateRequest, 'boundToWord'>,
  { looks, details }: Gated,
  { laidOut, prompt }: ReadText,
  size: LatentSize,
): PinnedWords | null {
  const gated = [
    ...looks.map((pin) => ({ ...pin, voice: 'look' as const })),
    ...(boundToWord ? details : []).map((pin) => ({ ...pin, voice: 'detail' as const })),
  ];
  const pins = [...new Map(gated.map((pin) => [pin.pin, pin])).values()].sort((a, b) => a.pin - b.pin);
  if (pins.length === 0) return null;
  const positions = wordPositions(
    tokenizer,
    laidOut,
    pins.map(({ word }) => word),
  );
  return new PinnedWords({
    words: pins.map(({ pin, area }, index): PinnedWord => ({
      pin,
      voices: gated.filter((candidate) => candidate.pin === pin).map(({ voice }) => voice),
      positions: positions[index] ?? { text: [], unified: [] },
      areaAt: (grid) => areaAt(area, grid),
    })),
    grid: lookGrids(unetConfig, size).wordMap,
    textPositions: prompt.length * tokenizer.limit,
    isBound: boundToWord,
  });
}
