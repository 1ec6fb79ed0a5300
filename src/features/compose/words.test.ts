import { describe, expect, it } from 'vitest';
import { tokenizeWords } from '../../../workers/pipeline/prompt/caption-words.ts';
import type { Tokenizer } from '../../../workers/pipeline/prompt/tokenizer.ts';
import { joinWords, splitWords } from './words.ts';

const tokenizer: Tokenizer = { limit: 77, bosId: 0, eosId: 1, padId: 1, encode: () => [2] };

describe('the words of a caption', () => {
  it.each([
    ['spaces', ' a  dog ', ['a', 'dog']],
    ['line breaks and tabs', 'a\r\ndog\tsits', ['a', 'dog', 'sits']],
    ['a no-break space', 'a\u00a0dog', ['a', 'dog']],
    ['an ideographic space', 'a\u3000dog', ['a', 'dog']],
    ['a next line (U+0085)', 'a\u0085dog', ['a', 'dog']],
    ['a byte order mark, which is no white space', 'a\ufeffdog', ['a\ufeffdog']],
    ['a zero-width space, which is none either', 'a\u200bdog', ['a\u200bdog']],
    ['nothing but white space', ' \u0085\n', []],
  ])('are those that the worker counts: %s', (_, caption, words) => {
    expect(splitWords(caption)).toEqual(words);
    expect(tokenizeWords(tokenizer, caption, []).map(({ text }) => text)).toEqual(words);
  });

  it('become one word of a caption when they are joined', () => {
    expect(joinWords(' my\u0085own  word ')).toBe('my-own-word');
    expect(joinWords(' \n')).toBe('');
  });
});
