import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cases } from '../../testing/files/fuzz.ts';
import { compilePattern, PatternRefusal } from './pattern.ts';

/** What Python's `re.match(rf"(.*\.)?({text})$", name)` says, for patterns in which both languages agree. */
function expected(text: string, name: string): boolean {
  return new RegExp(`^(?:.*\\.)?(?:${text})$`).test(name);
}

const nested = (depth: number): string => `${'('.repeat(depth)}a${')'.repeat(depth)}`;

describe('patterns', () => {
  it.each([
    ['attn1.to_q', 'down.attn1.to_q', true],
    ['attn1.to_q', 'down.attn1_to_q', true],
    ['attn1.to_q', 'downattn1.to_q', false],
    ['attn1.to_q', 'attn1.to_q.more', false],
    [String.raw`down_blocks\.\d+\..*to_(q|k)`, 'down_blocks.12.x.to_k', true],
    [String.raw`down_blocks\.\d+\..*to_(q|k)`, 'down_blocks.a.x.to_k', false],
    ['to_[^qk]', 'a.to_v', true],
    ['to_[^qk]', 'a.to_k', false],
    ['[]a]', 'x.]', true],
    ['[a-c-]{2}', 'x.b-', true],
    ['^down.*', 'down.a', true],
    ['^own.*', 'd.own', false],
    ['a{2,3}?b', 'aaab', true],
    ['a{2,3}b', 'ab', false],
    ['ba?', 'x.b', true],
    ['ba?', 'ba', true],
    ['ba?', 'baa', false],
    ['a{,2}b', 'aab', true],
    ['a{x}', 'a{x}', true],
    ['a{}', 'a{}', true],
    ['a{}', 'aa', false],
    ['a{,}', 'aaa', true],
    ['a{,}', 'a{,}', false],
    ['a{2,}', 'a', false],
    ['a{2,}', 'aaaa', true],
    ['a{2}', 'aaa', false],
    ['up|down', 'b.down', true],
    ['a$', 'x.a', true],
    ['a$b', 'ab', false],
    ['(a$|b)', 'x.b', true],
    ['a|^b', 'x.b', false],
    ['a|^b', 'b', true],
    ['(a|b)c', 'x.ac', true],
    ['a(b|c|d)', 'ad', true],
    ['a{0}b', 'b', true],
    ['a{12}', 'a'.repeat(12), true],
    ['a{12}', 'a'.repeat(11), false],
    ['a{1000}', 'a'.repeat(1000), true],
    ['(?:a){,2}', 'aa', true],
    ['x[a-c]y', 'xby', true],
    ['(a|)', 'x.', true],
    ['a-b', 'x.a-b', true],
    ['a-b', 'aa-b', false],
    ['', 'a.', true],
    ['', 'a', false],
  ])('%j fits %j: %s', (text, name, fits) => {
    expect(compilePattern(text).fits(name)).toBe(fits);
  });

  const characters = Array.from({ length: 0x80 }, (_, code) => String.fromCharCode(code));
  const digits = '0123456789';
  const word = `${digits}ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz`;
  const space = '\t\n\v\f\r\x1c\x1d\x1e\x1f ';
  const besides = (taken: string): string => characters.filter((character) => !taken.includes(character)).join('');

  it.each([
    [String.raw`\d`, digits],
    [String.raw`\w`, word],
    [String.raw`\s`, space],
    [String.raw`\D`, besides(digits)],
    [String.raw`\W`, besides(word)],
    [String.raw`\S`, besides(space)],
    [String.raw`[^\d]`, besides(digits)],
    [String.raw`[^\W]`, word],
    ['(.)', besides('\n')],
    ['[b-e]', 'bcde'],
    ['[A-Z0-9]', word.slice(0, 36)],
    ['[^ -y]', besides(characters.slice(0x20, 0x7a).join(''))],
    ['[y-]', '-y'],
    ['[-y]', '-y'],
    ['[y^]', '^y'],
    ['[x-x]', 'x'],
    ['[.]', '.'],
    ['[$]', '$'],
    ['[]-a]', ']^_`a'],
    [String.raw`[\d_]`, `${digits}_`],
    [String.raw`[y\-z]`, '-yz'],
    [String.raw`[\]]`, ']'],
    [String.raw`\.`, '.'],
    [String.raw`\$`, '$'],
    [String.raw`\-`, '-'],
  ])('%s takes the characters of ASCII that Python’s re takes', (text, taken) => {
    const pattern = compilePattern(text);
    expect(characters.filter((character) => pattern.fits(character)).join('')).toBe(taken);
  });

  it('that are plain names are told from expressions, and none takes more steps than it has characters and an end', () => {
    expect(compilePattern('attn1.to_q-2')).toMatchObject({ isPlain: true, states: 13 });
    expect(compilePattern('to_(q)')).toMatchObject({ isPlain: false, states: 5 });
    expect(compilePattern('(?:up|down)').states).toBe(8);
  });

  it('agree with regular expressions that are tried one way after the other', () => {
    const atom = fc.constantFrom('a', 'b', '\\.', '.', '[ab]', '[^a]', '\\d', '\\w', '1', '_');
    const { pattern } = fc.letrec<{ pattern: string; piece: string }>((tie) => ({
      pattern: fc.array(tie('piece'), { maxLength: 4 }).map((pieces) => pieces.join('')),
      piece: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        atom,
        fc.tuple(atom, fc.constantFrom('*', '+', '?', '{2}', '{1,3}', '*?')).map(([text, count]) => text + count),
        fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `(${a}|${b})`),
        fc.tuple(tie('pattern'), fc.constantFrom('*', '+', '?')).map(([text, count]) => `(?:${text})${count}`),
      ),
    }));
    const name = fc
      .array(fc.constantFrom('a', 'b', '.', '1', '_'), { maxLength: 8 })
      .map((letters) => letters.join(''));
    fc.assert(
      fc.property(pattern, name, (text, module) => {
        expect(compilePattern(text).fits(module)).toBe(expected(text, module));
      }),
      { numRuns: cases },
    );
  });

  it('take no longer where they nest and fail late', () => {
    const name = 'a'.repeat(20_000);
    for (const text of ['(a+)+b', '(a|a)*b', '(a*)*b', '.*.*.*.*.*b', '(.*a){12}b', '((a?){20}){20}b'])
      expect(compilePattern(text).fits(name)).toBe(false);
  });

  it.each([
    '(?=a)',
    '(?!a)',
    '(?P<n>a)',
    '(?i)a',
    String.raw`(a)\1`,
    String.raw`\b`,
    '(a',
    'a)',
    '[a',
    '*a',
    'a**',
    'a++',
    'a{3,2}',
    '[z-a]',
    '[a-',
    String.raw`[a-\d]`,
    String.raw`[A-\d]`,
    'a{2}{3}',
    'a*?+',
    '\\',
    '((((a{99}){99}){99}){99}){99}',
    '((((){999}){999}){999}){999}',
    '('.repeat(5000),
    nested(21),
    // Those before it are closed.
    `${'(a)'.repeat(9)}${nested(21)}`,
    'a{2000}',
    '(){2001}',
  ])('refuses %j', (text) => {
    expect(() => compilePattern(text)).toThrow(PatternRefusal);
  });

  it.each([nested(20), 'a{1999}', '(){2000}'])('takes what is as large as may be', (text) => {
    expect(() => compilePattern(text)).not.toThrow();
  });

  it('gives a pattern or a refusal for any text', () => {
    const text = fc.string({ unit: fc.constantFrom(...Array.from('ab.*+?()[]{}|^$\\-,19')), maxLength: 30 });
    fc.assert(
      fc.property(text, fc.string({ maxLength: 20 }), (pattern, name) => {
        try {
          compilePattern(pattern).fits(name);
        } catch (error) {
          expect(error).toBeInstanceOf(PatternRefusal);
        }
      }),
      { numRuns: cases },
    );
  });
});
