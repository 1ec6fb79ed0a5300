import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

import { coreOf, plainWord, splitWords, textParts } from './words.ts';

describe('the words of a text', () => {
  it.each([
    ['spaces', ' a  dog ', ['a', 'dog']],
    ['line breaks and tabs', 'a\r\ndog\tsits', ['a', 'dog', 'sits']],
    ['a no-break space', 'a\u00a0dog', ['a', 'dog']],
    ['an ideographic space', 'a\u3000dog', ['a', 'dog']],
    ['a next line (U+0085)', 'a\u0085dog', ['a', 'dog']],
    ['a byte order mark, which is no white space', 'a\ufeffdog', ['a\ufeffdog']],
    ['a zero-width space, which is none either', 'a\u200bdog', ['a\u200bdog']],
    ['nothing but white space', ' \u0085\n', []],
    ['Japanese', '犬が浜辺で走る', ['犬', 'が', '浜辺', 'で', '走る']],
    ['Chinese', '海滩上的一只狗', ['海滩', '上', '的', '一只', '狗']],
    ['Thai', 'บนชายหาดมีสุนัข', ['บน', 'ชายหาด', 'มี', 'สุนัข']],
    ['Korean, which writes spaces', '해변의 개', ['해변의', '개']],
    ['both, mixed', 'a 犬 on 浜辺で', ['a', '犬', 'on', '浜辺', 'で']],
    ['other scripts and numbers inside', '3匹のgolden犬', ['3', '匹', 'の', 'golden', '犬']],
    ['a name in brackets inside', '犬<cat-toy>猫', ['犬', '<cat-toy>', '猫']],
    ['punctuation goes with the word before it', '犬、猫。', ['犬、', '猫。']],
    ['opening punctuation with the word after it', '私の「犬」（白い）', ['私', 'の', '「犬」', '（白い）']],
    ['punctuation alone', '。。。', ['。。。']],
    ['opening punctuation at the end', '犬「', ['犬「']],
  ])('%s', (_, text, words) => {
    expect(splitWords(text)).toEqual(words);
  });

  it('with what lies between them are the text', () => {
    const unit = fc.constantFrom('a', 'dog', ' ', '\n', '、', '「', '犬', 'が', 'ー', 'บ', '\u0301', '😀', '1', '<');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 40 }), (text) => {
        const parts = textParts(text);
        expect(parts.map((part) => part.text).join('')).toBe(text);
        expect(parts.flatMap((part) => (part.word === null ? [] : [part.text]))).toEqual(splitWords(text));
      }),
    );
  });

  it('are asked of the segmenter in short stretches: its time grows faster than its text', () => {
    const segment = vi.spyOn(Intl.Segmenter.prototype, 'segment');
    const text = '犬が浜辺で走る'.repeat(2_000);
    expect(splitWords(text).join('')).toBe(text);
    const asked = segment.mock.calls.map(([stretch]) => stretch);
    expect(asked.join('')).toBe(text);
    expect(Math.max(...asked.map(({ length }) => length))).toBeLessThanOrEqual(2_000);
  });
});

describe('a word without its punctuation', () => {
  it.each([
    ['Dog,', 'dog'],
    ['“(Dog)!!”', 'dog'],
    ["dog's", "dog's"],
    ['「犬」', '犬'],
    ['...', ''],
    ['', ''],
  ])('of %s is %s', (word, plain) => {
    expect(plainWord(word)).toBe(plain);
  });

  it('is found behind any number of marks', () => {
    const marks = '!'.repeat(300_000);
    expect(coreOf(`${marks}a${marks}b${marks}`)).toEqual({ start: 300_000, end: 600_002 });
  });
});
