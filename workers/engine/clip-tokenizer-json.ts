/** How CLIP cuts a text into pieces before byte-pair encoding. */
const pieces = String.raw`<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`;

/**
 * The tokenizer.json that transformers makes of CLIP's older pair of files.
 * @param merges merges.txt: a version line, then one merge a line.
 * @param specialTokens BOS and EOS; EOS stands for the unknown too.
 */
export function clipTokenizerJson(vocab: Readonly<Record<string, number>>, merges: string, specialTokens: readonly [bos: string, eos: string]): unknown {
  return {
    added_tokens: specialTokens.flatMap((content) => {
      const id = vocab[content];
      return id === undefined ? [] : [{ id, content, special: true, normalized: false }];
    }),
    normalizer: {
      type: 'Sequence',
      normalizers: [{ type: 'NFC' }, { type: 'Replace', pattern: { Regex: String.raw`\s+` }, content: ' ' }, { type: 'Lowercase' }],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: pieces }, behavior: 'Removed', invert: true },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      ],
    },
    post_processor: null,
    decoder: null,
    model: {
      type: 'BPE',
      unk_token: specialTokens[1],
      continuing_subword_prefix: '',
      end_of_word_suffix: '</w>',
      vocab,
      merges: merges.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#version')).map((line) => line.split(' ')),
    },
  };
}
