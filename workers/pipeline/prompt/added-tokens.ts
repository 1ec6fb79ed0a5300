import { z } from 'zod';

import type { AddedToken } from './clip-tokenizer-json.ts';

/** added_tokens.json: ids by word. */
export const addedIds = z.record(z.string(), z.int().nonnegative());

const flag = z.boolean().default(false);

/** added_tokens_decoder of tokenizer_config.json: settings by id. */
export const addedTokensDecoder = z.record(
  z.string().regex(/^\d+$/),
  z.looseObject({ content: z.string(), special: flag, normalized: z.boolean().optional() }),
);

interface AddedTokenFiles {
  readonly vocab: Readonly<Record<string, number>>;
  /** BOS, EOS and padding. */
  readonly special: readonly string[];
  readonly ids: z.output<typeof addedIds>;
  readonly decoder: z.output<typeof addedTokensDecoder>;
}

/**
 * The tokens that were added to CLIP's vocabulary, as transformers merges its files: the decoder has the last word, and a
 * special token stays special though added_tokens.json lists it among the words.
 */
export function addedTokens({ vocab, special, ids, decoder }: AddedTokenFiles): AddedToken[] {
  const words = Object.entries(ids).map(([content, id]): AddedToken => ({
    id,
    content,
    special: false,
    normalized: true,
  }));
  const specials = special.flatMap((content): AddedToken[] => {
    const id = vocab[content] ?? ids[content];
    return id === undefined ? [] : [{ id, content, special: true, normalized: false }];
  });
  const decoded = Object.entries(decoder).map(([id, token]): AddedToken => ({
    id: Number(id),
    content: token.content,
    special: token.special,
    normalized: token.normalized ?? !token.special,
  }));
  return [...new Map([...words, ...specials, ...decoded].map((token) => [token.content, token])).values()];
}
