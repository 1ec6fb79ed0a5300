import { cutOff, unifiedSlots, withoutToken } from './unified-slots.ts';
import type { Tokenizer } from './tokenizer.ts';
import { captionSections, pinsIn, type UnifiedPromptRequest } from './unified-prompt.ts';

/** Where the tokens of a word stand among the hidden states of h_y and of h_u, all sections one after the other. */
interface WordPositions {
  readonly text: readonly number[];
  readonly unified: readonly number[];
}

/**
 * Where words of the caption stand in what the branches attend to. A pinned word stands in h_u where its pseudo-words do.
 * @param words indices among the caption's words
 * @throws PinwordError 'pin-cut-off' where one is not read; 'pin-without-token' where it has no token
 */
export function wordPositions(
  tokenizer: Tokenizer,
  request: UnifiedPromptRequest,
  words: readonly number[],
): readonly WordPositions[] {
  const { limit } = tokenizer;
  const { caption, pins } = request;
  const sections = captionSections(request);
  return words.map((index) => {
    const { text, core } = caption.words[index] ?? { text: '', core: { start: 0, end: 0 } };
    if (core.end <= core.start) throw withoutToken(text);
    const rows = new Set(pins.filter(({ word }) => word === index).flatMap((pin) => pin.rows));
    const found = sections.map((section, number) => {
      const own = range(Math.max(core.start, section.start), Math.min(core.end, section.end)).map(
        (token) => 1 + token - section.start,
      );
      const slots = unifiedSlots(section.end - section.start, pinsIn(caption, section, pins), limit);
      const unified = range(0, slots.length).filter((place) => {
        const slot = slots[place];
        if (slot === undefined) return false;
        return 'row' in slot ? rows.has(slot.row) : own.includes(slot.position);
      });
      const global = (position: number): number => number * limit + position;
      return { text: own.map(global), unified: unified.map(global) };
    });
    const positions = {
      text: found.flatMap((section) => section.text),
      unified: found.flatMap((section) => section.unified),
    };
    // A word that is not read has no place in either.
    if (positions.unified.length === 0) throw cutOff(text, limit);
    return positions;
  });
}

function range(start: number, end: number): number[] {
  return Array.from({ length: Math.max(0, end - start) }, (_, index) => start + index);
}
