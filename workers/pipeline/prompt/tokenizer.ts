import { Tokenizer as ByteLevelBpe } from '@huggingface/tokenizers';
import { z } from 'zod';

import { allInOrder } from '../../all-in-order.ts';
import { PinwordError } from '../../errors.ts';
import { addedIds, addedTokens, addedTokensDecoder } from './added-tokens.ts';
import { byTheirTables, foreignRule, withoutNfc, leavesSpacesOut } from './clip-text-rules.ts';
import { clipTokenizerJson } from './clip-tokenizer-json.ts';
import { composed } from './unicode-tables.ts';

/** Text to token ids, as CLIP reads it. */
export interface Tokenizer {
  /** Positions of a sequence, BOS and EOS included. */
  readonly limit: number;
  readonly bosId: number;
  readonly eosId: number;
  readonly padId: number;
  /** The token of a comma that ends a word; null where the vocabulary has none. */
  readonly commaId: number | null;
  /** A text, without BOS and EOS, not cut. */
  encode(text: string): readonly Token[];
  /** UTF-8 bytes of a text as the tokenizer normalizes it, without white space: what its tokens stand for. */
  byteLength(text: string): number;
}

interface Token {
  readonly id: number;
  /** Bytes of the normalized text that it stands for. */
  readonly byteLength: number;
}

/** The files of a checkpoint, by path; null where there is no such file. */
export interface TokenizerFiles {
  json(path: string): Promise<unknown>;
  text(path: string): Promise<string | null>;
}

/** What the vocabulary writes behind the last token of a word. */
const wordEnd = '</w>';

const special = z
  .union([z.string(), z.looseObject({ content: z.string() }).transform(({ content }) => content)])
  .nullish();
const tokenizerConfig = z.looseObject({
  bos_token: special,
  eos_token: special,
  pad_token: special,
  added_tokens_decoder: addedTokensDecoder.default({}),
});

const never = z.literal([false, null]).optional();

/** What matters of a tokenizer.json here: that it is CLIP's kind of byte-pair encoding. What else it holds is not read. */
const clipKind = z.object({
  normalizer: z.unknown(),
  pre_tokenizer: z.unknown(),
  added_tokens: z.array(
    z.object({
      id: z.int().nonnegative(),
      content: z.string(),
      special: z.boolean().default(false),
      normalized: z.boolean().optional(),
      single_word: z.boolean().optional(),
      lstrip: z.boolean().optional(),
      rstrip: z.boolean().optional(),
    }),
  ),
  model: z.object({
    type: z.literal('BPE').default('BPE'),
    unk_token: z.string().nullish(),
    continuing_subword_prefix: z.literal(['', null]).optional(),
    end_of_word_suffix: z.literal(wordEnd),
    byte_fallback: never,
    ignore_merges: never,
    vocab: z.record(z.string(), z.int().nonnegative()),
    merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])),
  }),
});

/**
 * Reads the tokenizer folder of a checkpoint: tokenizer.json, or vocab.json with merges.txt.
 * @param limit positions that the text encoder has
 * @throws PinwordError 'file-not-found' | 'unsupported-config' | 'bad-json'
 */
export async function loadTokenizer(files: TokenizerFiles, limit: number): Promise<Tokenizer> {
  const [config, own] = await allInOrder([tokenizerConfigOf(files), files.json('tokenizer/tokenizer.json')]);
  const bos = config.bos_token ?? '<|startoftext|>';
  const eos = config.eos_token ?? '<|endoftext|>';
  const json = own ?? (await fromVocabulary(files, [bos, eos, config.pad_token ?? eos], config.added_tokens_decoder));
  const parsed = clipKind.safeParse(json);
  if (!parsed.success) throw unsupported('tokenizer/tokenizer.json is not a CLIP tokenizer');
  const foreign = foreignRule(parsed.data);
  if (foreign !== null) throw unsupported(`tokenizer/tokenizer.json asks for ${foreign}`);
  if (!leavesSpacesOut(parsed.data.pre_tokenizer))
    throw unsupported('tokenizer/tokenizer.json makes tokens of white space, which CLIP leaves out');
  const composing = withoutNfc(parsed.data.normalizer);
  const bpe = new ByteLevelBpe(
    {
      ...parsed.data,
      normalizer: composing ?? parsed.data.normalizer,
      pre_tokenizer: byTheirTables(parsed.data.pre_tokenizer),
      post_processor: null,
      decoder: null,
    },
    {},
  );
  const idOf = (token: string): number => {
    const id = bpe.token_to_id(token);
    if (id === undefined) throw unsupported(`the tokenizer's vocabulary lacks ${token}`);
    return id;
  };
  const added = new Set(parsed.data.added_tokens.map(({ content }) => content));
  const special = specialTokens(parsed.data.added_tokens);
  /** A text ready for the library, in the stretches between special tokens. */
  const prepare = (text: string): readonly string[] =>
    text.split(special).map((part, index) => {
      if (index % 2 === 1) return part;
      const prepared = withOneSigma(part);
      return composing === null ? prepared : composed(prepared);
    });
  return {
    limit,
    bosId: idOf(bos),
    eosId: idOf(eos),
    padId: idOf(config.pad_token ?? eos),
    commaId: bpe.token_to_id(`,${wordEnd}`) ?? null,
    encode: (text) => {
      // A stretch that is nothing but a token in another case would be taken for that token; spaces keep them apart.
      const { ids, tokens } = bpe.encode(` ${prepare(text).join(' ')}`, { add_special_tokens: false });
      return ids.map((id, index) => ({ id, byteLength: tokenBytes(tokens[index] ?? '', added) }));
    },
    byteLength: (text) => {
      const prepared = prepare(text).join('');
      return utf8.encode((bpe.normalizer?.normalize(prepared) ?? text).replace(/\p{White_Space}/gu, '')).length;
    },
  };
}

const utf8 = new TextEncoder();

/** Cuts a text at its special tokens, which are found before anything else. */
function specialTokens(added: readonly { readonly content: string; readonly special: boolean }[]): RegExp {
  const contents = added.filter(({ special, content }) => special && content !== '').map(({ content }) => content);
  const escaped = contents.map((content) => content.replace(/[\\^$.*+?()[\]{}|/]/gu, String.raw`\$&`));
  return escaped.length === 0
    ? /(?!)/u
    : new RegExp(`(${escaped.toSorted((a, b) => b.length - a.length).join('|')})`, 'u');
}

/** Σ has one lower case in CLIP's tokenizer; JavaScript's toLowerCase gives another at the end of a word. */
function withOneSigma(text: string): string {
  return text.replaceAll('Σ', 'σ');
}

/** A token of the vocabulary writes each byte as one character. @param added words with an id of their own, as they are written */
function tokenBytes(token: string, added: ReadonlySet<string>): number {
  return added.has(token) ? utf8.encode(token).length : token.length - (token.endsWith(wordEnd) ? wordEnd.length : 0);
}

async function tokenizerConfigOf(files: TokenizerFiles): Promise<z.output<typeof tokenizerConfig>> {
  const [map, config] = await allInOrder([
    files.json('tokenizer/special_tokens_map.json'),
    files.json('tokenizer/tokenizer_config.json'),
  ]);
  const parsed = tokenizerConfig.safeParse({ ...(map ?? {}), ...(config ?? {}) });
  if (!parsed.success)
    throw unsupported('tokenizer/tokenizer_config.json names special or added tokens in an unknown form');
  return parsed.data;
}

const vocabulary = z.record(z.string(), z.int());

/** @param special BOS, EOS and padding; EOS stands for the unknown too. */
async function fromVocabulary(
  files: TokenizerFiles,
  special: readonly [bos: string, eos: string, pad: string],
  decoder: z.output<typeof addedTokensDecoder>,
): Promise<unknown> {
  const vocab = await files.json('tokenizer/vocab.json');
  const merges = await files.text('tokenizer/merges.txt');
  if (vocab === null || merges === null) {
    throw new PinwordError(
      'file-not-found',
      'The checkpoint has no tokenizer: neither tokenizer/tokenizer.json nor tokenizer/vocab.json with tokenizer/merges.txt.',
    );
  }
  const parsed = vocabulary.safeParse(vocab);
  if (!parsed.success) throw unsupported('tokenizer/vocab.json is not a map from tokens to numbers');
  const ids = addedIds.safeParse((await files.json('tokenizer/added_tokens.json')) ?? {});
  if (!ids.success) throw unsupported('tokenizer/added_tokens.json is not a map from words to numbers');
  return clipTokenizerJson(
    parsed.data,
    merges,
    addedTokens({ vocab: parsed.data, special, ids: ids.data, decoder }),
    special[1],
  );
}

function unsupported(what: string): PinwordError {
  return new PinwordError(
    'unsupported-config',
    `This checkpoint cannot be used: ${what}. Choose a Stable Diffusion 1.x checkpoint.`,
  );
}
