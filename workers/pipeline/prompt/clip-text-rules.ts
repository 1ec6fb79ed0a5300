import { z } from 'zod';

import { newestLetters } from './unicode-tables.ts';

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
    const inside = children.safeParse(parsed.data).data;
    if (inside === undefined) return `a ${place} of an unknown form`;
    // A sequence in a sequence is nothing that CLIP's tokenizers have.
    const inner = [...inside.normalizers, ...inside.pretokenizers].map((child) =>
      typed.safeParse(child).data?.type === 'Sequence' ? `a ${place} in a ${place}` : foreignIn(place, child),
    );
    return inner.find((found) => found !== null) ?? null;
  }
  const expected = rules.get(type);
  if (expected === undefined) return `the ${place} "${type}"`;
  const pattern = regex.safeParse(rule).data?.pattern.Regex;
  return expected === null || pattern === expected ? null : `the ${place} "${type}" with a pattern that is not CLIP's`;
}

/** How byte-level pre-tokenizers cut what reaches them. */
const bytePieces = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?[\p{L}]+| ?[\p{N}]+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

/** A pattern that takes the newest characters for unassigned. */
function asUnicode16(pattern: string): string {
  return pattern
    .replace(/\[\\p\{([LN])\}\]/gu, (_, category: string) => String.raw`(?:(?![${newestLetters}])\p{${category}})`)
    .replace(String.raw`[^\s\p{L}\p{N}]`, String.raw`(?:[${newestLetters}]|[^\s\p{L}\p{N}])`);
}

const byteLevel = z.looseObject({
  type: z.literal('ByteLevel'),
  add_prefix_space: z.literal(false).default(false),
  use_regex: z.literal(true).default(true),
});

/**
 * The same pre-tokenizer by the tables of transformers' tokenizers. Where a rule names no pattern, the library cuts by
 * JavaScript's white space, to which U+FEFF belongs and U+0085 does not.
 */
export function byTheirTables(preTokenizer: unknown): unknown {
  return { type: 'Sequence', pretokenizers: rulesOf(preTokenizer).flatMap(byTheirTable) };
}

function rulesOf(preTokenizer: unknown): readonly unknown[] {
  const { type, pretokenizers } = children.extend({ type: z.unknown().optional() }).parse(preTokenizer ?? {});
  if (type === 'Sequence') return pretokenizers;
  return preTokenizer == null ? [] : [preTokenizer];
}

const keepsMatches = z.looseObject({
  type: z.literal('Split'),
  behavior: z.literal('Removed'),
  invert: z.literal(true),
});

/** Whether a pre-tokenizer keeps what CLIP's pattern matches alone, and so no white space. */
export function leavesSpacesOut(preTokenizer: unknown): boolean {
  return rulesOf(preTokenizer).some((rule) => keepsMatches.safeParse(rule).success);
}

function byTheirTable(rule: unknown): readonly unknown[] {
  const bytes = byteLevel.safeParse(rule).data;
  if (bytes !== undefined) {
    const pattern = { Regex: asUnicode16(bytePieces) };
    return [
      { type: 'Split', pattern, behavior: 'Isolated', invert: false },
      { ...bytes, use_regex: false },
    ];
  }
  const split = regex.safeParse(rule).data;
  return [split === undefined ? rule : { ...split, pattern: { Regex: asUnicode16(split.pattern.Regex) } }];
}

const composesFirst = z.looseObject({
  type: z.literal('Sequence'),
  normalizers: z.tuple([z.looseObject({ type: z.literal('NFC') })], z.unknown()),
});

/** A normalizer that begins with NFC, without it: the text is composed before. @returns null for any other */
export function withoutNfc(normalizer: unknown): unknown {
  const { data } = composesFirst.safeParse(normalizer);
  return data === undefined ? null : { ...data, normalizers: data.normalizers.slice(1) };
}
