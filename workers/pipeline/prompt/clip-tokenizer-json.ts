import { clipPieces, whiteSpace } from './clip-text-rules.ts';

/** A word with an id of its own, which is found in a text before anything else, as tokenizer.json writes it. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly special: boolean;
  /** Whether it is looked for in the normalized text, which is in lower case. */
  readonly normalized: boolean;
}

/**
 * The tokenizer.json that transformers makes of CLIP's older pair of files.
 * @param merges merges.txt: a version line, then one merge a line.
 * @param unknown the token that stands for the unknown: EOS.
 */
export function clipTokenizerJson(
  vocab: Readonly<Record<string, number>>,
  merges: string,
  added: readonly AddedToken[],
  unknown: string,
): unknown {
  return {
    added_tokens: added,
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'NFC' },
        { type: 'Replace', pattern: { Regex: whiteSpace }, content: ' ' },
        { type: 'Lowercase' },
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: clipPieces }, behavior: 'Removed', invert: true },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      ],
    },
    post_processor: null,
    decoder: null,
    model: {
      type: 'BPE',
      unk_token: unknown,
      continuing_subword_prefix: '',
      end_of_word_suffix: '</w>',
      vocab,
      merges: merges
        .split(/\r?\n/)
        .filter((line) => line !== '' && !line.startsWith('#version'))
        .map((line) => line.split(' ')),
    },
  };
}
