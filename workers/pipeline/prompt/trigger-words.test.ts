import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { TriggerWords } from './trigger-words.ts';

const triggers = (...named: string[]) => new TriggerWords(named.map((trigger) => ({ trigger })));
/** Named words in brackets. */
const split = (words: TriggerWords<{ trigger: string }>, text: string) =>
  words.split(text).map((piece) => (piece.named === null ? piece.text : `[${piece.named.trigger}]`));

describe('the word of an embedding', () => {
  it.each([
    ['alone', 'toy', ['[toy]']],
    ['in any case', 'ToY,easytoy', ['[toy]', ',', '[EasyToy]']],
    ['between punctuation', '“(toy),', ['“(', '[toy]', '),']],
    ['with an apostrophe behind', "toy's", ['[toy]', "'s"]],
    ['not inside a longer word', 'toys', ['toys']],
    ['not at the end of one', 'retoy', ['retoy']],
    ['not before a number or an underscore', 'toy2,toy_2', ['toy2,toy_2']],
    ['not in a word of letters beyond ASCII', 'toyé', ['toyé']],
    ['the longest first', 'toy-style', ['[toy-style]']],
    ['anywhere where a script writes no spaces', '犬toyがトイ', ['犬', '[toy]', 'が', '[トイ]']],
    ['twice', 'toy,toy', ['[toy]', ',', '[toy]']],
    ['right behind another', '<cat-toy>toy<cat-toy><cat-toy>', ['[<cat-toy>]', '[toy]', '[<cat-toy>]', '[<cat-toy>]']],
    ['not behind a single letter', 'xtoy', ['xtoy']],
    ['not behind a letter of two code units', '𝒳toy', ['𝒳toy']],
    ['in angle brackets, anywhere', 'my<cat-toy>s', ['my', '[<cat-toy>]', 's']],
    ['with characters that mean something in patterns', 'c++(v1.5)', ['[c++(v1.5)]']],
    ['with a dot that is only a dot', 'c++(v1x5)', ['c++(v1x5)']],
  ])('is found %s', (_, text, expected) => {
    expect(split(triggers('toy', 'toy-style', 'EasyToy', '<cat-toy>', 'c++(v1.5)', 'トイ'), text)).toEqual(expected);
  });

  it('is looked for nowhere where nothing is installed', () => {
    expect(split(triggers(), 'toy')).toEqual(['toy']);
    expect(split(triggers(''), 'toy')).toEqual(['toy']);
  });

  it('may be anything: the pieces joined are the text again', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', minLength: 1 })),
        fc.string({ unit: 'grapheme' }),
        (named, text) => {
          const joined = triggers(...named)
            .split(`${text}${named[0] ?? ''}`)
            .map((piece) => piece.text)
            .join('');
          return joined === `${text}${named[0] ?? ''}`;
        },
      ),
      { numRuns: 500 },
    );
  });
});
