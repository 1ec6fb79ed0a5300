import type { Span } from '../../contract/span.ts';
import type { Tokenizer } from './tokenizer.ts';

/** 'one': what does not fit is left out (UMM-Diffusion). 'many': it is read in further sections, as A1111 does. */
export type SectionRule = 'one' | 'many';

interface Tokens {
  readonly ids: readonly number[];
  /** The places of embeddings, which are not cut in two. */
  readonly embeddings: readonly Span[];
  /** Before which tokens a section must end. */
  readonly breaks: readonly number[];
}

/** How far back a section may end at a comma instead of where it is full: A1111's default. */
const commaReach = 20;

/** More would take more memory for keys and values than the network itself; what lies behind is left out. */
const mostSections = 10;

/**
 * Cuts tokens into sections that fit between BOS and EOS. A section ends where it is full, or at a comma among its last 20
 * tokens, before an embedding that does not fit whole, and at BREAK, which may leave it empty.
 * @returns one section at least
 */
export function sectionsOf(
  { ids, embeddings, breaks }: Tokens,
  { limit, commaId }: Pick<Tokenizer, 'limit' | 'commaId'>,
  rule: SectionRule,
): readonly Span[] {
  const room = limit - 2;
  if (rule === 'one') return [{ start: 0, end: Math.min(ids.length, room) }];
  const sections: Span[] = [];
  const whole = new Map(embeddings.map(({ start, end }) => [start, Math.min(end - start, room)]));
  const ends = [...breaks];
  let start = 0;
  let comma: number | null = null;
  const endAt = (place: number): void => {
    sections.push({ start, end: place });
    start = place;
    comma = null;
  };
  for (let token = 0; token < ids.length;) {
    while (ends[0] === token) endAt(ends.shift() ?? token);
    const isComma = ids[token] === commaId && !whole.has(token);
    const isFull = token - start === room;
    if (isComma) comma = token;
    else if (isFull && comma !== null && token - comma <= commaReach) endAt(comma + 1);
    const length = whole.get(token) ?? 1;
    if (token - start + length > room) endAt(token);
    token += length;
  }
  for (const place of ends) endAt(place);
  if (start < ids.length || sections.length === 0) sections.push({ start, end: ids.length });
  return sections.slice(0, mostSections);
}
