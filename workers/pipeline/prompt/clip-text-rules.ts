import { z } from 'zod';

/** How CLIP cuts a text into pieces before byte-pair encoding. */
export const clipPieces = String.raw`<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`;
/** Runs of white space, which CLIP takes for one space. */
export const whiteSpace = String.raw`\s+`;

const typed = z.looseObject({ type: z.string() });
const children = z.looseObject({
  normalizers: z.array(z.unknown()).default([]),
  pretokenizers: z.array(z.unknown()).default([]),
});
const regex = z.looseObject({ pattern: z.looseObject({ Regex: z.string() }) });

/** The rules that CLIP's tokenizers are made of, and the one regular expression that each may have. */
const rules: ReadonlyMap<string, string | null> = new Map([
  ['NFC', null],
  ['Lowercase', null],
  ['Replace', whiteSpace],
  ['Split', clipPieces],
  ['ByteLevel', null],
]);

/**
 * What a tokenizer.json asks for that is none of CLIP's rules. A regular expression of somebody's file could run for
 * ever on a caption, and another rule would give other tokens without a word.
 * @returns null where all of it is CLIP's; else what is not, for a sentence
 */
export function foreignRule(json: { readonly normalizer?: unknown; readonly pre_tokenizer?: unknown }): string | null {
  return foreignIn('normalizer', json.normalizer ?? null) ?? foreignIn('pre_tokenizer', json.pre_tokenizer ?? null);
}

function foreignIn(place: string, rule: unknown): string | null {
  if (rule === null) return null;
  const parsed = typed.safeParse(rule);
  if (!parsed.success) return `a ${place} of an unknown form`;
  const { type } = parsed.data;
  if (type === 'Sequence') {
    const { normalizers, pretokenizers } = children.parse(parsed.data);
    // A sequence in a sequence is nothing that CLIP's tokenizers have.
    const inner = [...normalizers, ...pretokenizers].map((child) =>
      typed.safeParse(child).data?.type === 'Sequence' ? `a ${place} in a ${place}` : foreignIn(place, child),
    );
    return inner.find((found) => found !== null) ?? null;
  }
  const expected = rules.get(type);
  if (expected === undefined) return `the ${place} "${type}"`;
  const pattern = regex.safeParse(rule).data?.pattern.Regex;
  return expected === null || pattern === expected ? null : `the ${place} "${type}" with a pattern that is not CLIP's`;
}
