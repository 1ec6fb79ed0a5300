import type { Span } from '../../contract/span.ts';
import { PinwordError } from '../../errors.ts';

/** What stands at a position of w_r: the caption's own token, by its position in y, or a pseudo-word. */
type Slot = { readonly position: number } | { readonly row: number; readonly weight: number };

/** A pinned word's tokens within a section. */
export interface SectionPin extends Span {
  readonly text: string;
  readonly rows: readonly number[];
  readonly weight: number;
}

/** @param tokens of the section, limit − 2 at most @throws PinwordError as unifiedPrompt does */
export function unifiedSlots(tokens: number, pins: readonly SectionPin[], limit: number): Slot[] {
  const slots: Slot[] = [{ position: 0 }];
  /** The first token that has no slot yet. */
  let next = 0;
  const own = (end: number): Slot[] =>
    Array.from({ length: end - next }, (_, index) => ({ position: 1 + next + index }));
  for (const pin of pins) {
    const start = Math.max(pin.start, next);
    if (pin.end <= start) throw withoutToken(pin.text);
    slots.push(...own(start), ...rowSlots(pin, pin.end - start));
    next = pin.end;
    refuseCut(pin.text, slots, limit);
  }
  slots.push(...own(tokens));
  const last = limit - 1;
  const end = 1 + tokens;
  const fitting = slots.slice(0, last);
  // Padding reads its own position in y; where y has none there, its last position, which is padding unless y is full.
  const padding = Array.from({ length: last - fitting.length }, (_, offset) => fitting.length + 1 + offset);
  return [...fitting, { position: end }, ...padding.map((index) => ({ position: index > end ? index : last }))];
}

/** One pseudo-word stands at all tokens of its word; several stand one after the other in their place. */
function rowSlots({ rows, weight }: SectionPin, tokens: number): Slot[] {
  const [row] = rows;
  return rows.length === 1 && row !== undefined
    ? Array.from({ length: tokens }, () => ({ row, weight }))
    : rows.map((each) => ({ row: each, weight }));
}

/** Pseudo-words must not be lost: they end before the place of EOS. */
function refuseCut(text: string, slots: readonly Slot[], limit: number): void {
  if (slots.slice(limit - 1).some((slot) => 'row' in slot)) throw cutOff(text, limit);
}

export function cutOff(text: string, limit: number): PinwordError {
  return new PinwordError(
    'pin-cut-off',
    `“${text}” does not fit into the ${limit} tokens that the model reads. Shorten the caption or move the pin.`,
  );
}

export function withoutToken(text: string): PinwordError {
  return new PinwordError(
    'pin-without-token',
    `The model does not read “${text}” as something of its own. Put a space before and after it, or move the pin.`,
  );
}
