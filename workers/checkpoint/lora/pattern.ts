/**
 * The regular expressions by which peft tells modules apart, matched in time linear in the name: a pattern becomes
 * states that are followed side by side (Thompson's construction). What needs more than that (back references,
 * look-around) is refused.
 */

/** A pattern that is no regular expression of this kind, or too large. */
export class PatternRefusal extends Error {}

type Test = (code: number) => boolean;

/** A state: it takes a character, or leads on without one. */
type State =
  | { readonly kind: 'take'; readonly test: Test; readonly next: number }
  | { readonly kind: 'fork'; readonly to: readonly number[] }
  | { readonly kind: 'edge'; readonly at: 'start' | 'end'; readonly next: number }
  | { readonly kind: 'end' };

const maxStates = 2000;
const maxDepth = 20;

export interface Pattern {
  /** A name as diffusers writes them: no character but its dots has another meaning. */
  readonly isPlain: boolean;
  /** Steps that matching a name of one character takes at most. */
  readonly states: number;
  /** Whether the pattern fits the whole name, or all of it behind one of its dots, as `re.match(r"(.*\.)?(…)$", name)`. */
  fits(name: string): boolean;
}

/** @throws PatternRefusal */
export function compilePattern(text: string): Pattern {
  if (/^[\w.-]*$/.test(text))
    return { isPlain: true, states: text.length + 1, fits: (name) => endsPlainly(name, text) };
  return new Compiler(text).compile();
}

/** Builds states from the end of the pattern to its start: every piece knows what follows it. */
class Compiler {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  /** Repetitions written out so far: also those of nothing take time. */
  #repetitions = 0;
  readonly #states: State[] = [{ kind: 'end' }];

  constructor(text: string) {
    this.#text = text;
  }

  compile(): Pattern {
    const start = this.#alternatives()(0);
    if (this.#at < this.#text.length) throw new PatternRefusal('it closes a group that is not open');
    const states = this.#states;
    return { isPlain: false, states: states.length, fits: (name) => fits(states, start, name) };
  }

  #add(state: State): number {
    if (this.#states.length >= maxStates) throw new PatternRefusal('it is too large');
    return this.#states.push(state) - 1;
  }

  #alternatives(): Piece {
    const pieces = [this.#sequence()];
    while (this.#take('|')) pieces.push(this.#sequence());
    const [only, ...more] = pieces;
    if (only !== undefined && more.length === 0) return only;
    return (next) => this.#add({ kind: 'fork', to: pieces.map((piece) => piece(next)) });
  }

  #sequence(): Piece {
    const pieces: Piece[] = [];
    while (this.#at < this.#text.length && !')|'.includes(this.#text.charAt(this.#at))) pieces.push(this.#repeated());
    return (next) => pieces.reduceRight((follower, piece) => piece(follower), next);
  }

  #repeated(): Piece {
    const piece = this.#atom();
    const count = this.#count();
    if (count === null) return piece;
    // How much is taken first makes no difference to whether the whole fits.
    this.#take('?');
    if (this.#count() !== null) throw new PatternRefusal('it repeats a repetition');
    return this.#times(piece, count);
  }

  #times(piece: Piece, [least, most]: readonly [number, number | null]): Piece {
    return (next) => {
      let start = next;
      if (most === null) {
        const loop = this.#add({ kind: 'fork', to: [] });
        this.#states[loop] = { kind: 'fork', to: [piece(loop), next] };
        start = loop;
      } else
        for (let i = least; i < most; i++) start = this.#add({ kind: 'fork', to: [piece(this.#repeat(start)), next] });
      for (let i = 0; i < least; i++) start = piece(this.#repeat(start));
      return start;
    };
  }

  #repeat(next: number): number {
    if (++this.#repetitions > maxStates) throw new PatternRefusal('it is too large');
    return next;
  }

  /** How often: * + ? {n} {n,} {,n} {n,m}; null where nothing is said. */
  #count(): readonly [number, number | null] | null {
    if (this.#take('*')) return [0, null];
    if (this.#take('+')) return [1, null];
    if (this.#take('?')) return [0, 1];
    const [whole, least = '', comma, most = ''] =
      /^\{(\d{0,4})(,?)(\d{0,4})\}/.exec(this.#text.slice(this.#at, this.#at + 12)) ?? [];
    if (whole === undefined || (least === '' && comma === '')) return null;
    this.#at += whole.length;
    const from = Number(least);
    const to = comma === '' ? from : most === '' ? null : Number(most);
    if (to !== null && to < from) throw new PatternRefusal('it counts backwards');
    return [from, to];
  }

  #atom(): Piece {
    const character = this.#text.charAt(this.#at);
    if (character === '(') return this.#group();
    if ('*+?'.includes(character)) throw new PatternRefusal('it repeats nothing');
    this.#at += 1;
    if (character === '^' || character === '$')
      return (next) => this.#add({ kind: 'edge', at: character === '^' ? 'start' : 'end', next });
    const test =
      character === '.'
        ? notNewline
        : character === '['
          ? this.#set()
          : character === '\\'
            ? this.#escape()
            : is(character);
    return (next) => this.#add({ kind: 'take', test, next });
  }

  #group(): Piece {
    this.#at += 1;
    if (this.#take('?') && !this.#take(':')) throw new PatternRefusal('it looks around or has options');
    if (++this.#depth > maxDepth) throw new PatternRefusal('it nests too deep');
    const piece = this.#alternatives();
    if (!this.#take(')')) throw new PatternRefusal('a group in it does not end');
    this.#depth -= 1;
    return piece;
  }

  /** A set of characters, behind its "[". */
  #set(): Test {
    const negated = this.#take('^');
    const tests: Test[] = [];
    for (let first = true; first || !this.#text.startsWith(']', this.#at); first = false) {
      if (this.#at >= this.#text.length) throw new PatternRefusal('a set of characters in it does not end');
      tests.push(this.#range());
    }
    this.#at += 1;
    return (code) => tests.some((test) => test(code)) !== negated;
  }

  #range(): Test {
    const from = this.#text.charCodeAt(this.#at);
    this.#at += 1;
    if (from === 0x5c) return this.#escape();
    const isRange = this.#text.startsWith('-', this.#at) && !this.#text.startsWith(']', this.#at + 1);
    if (!isRange) return (code) => code === from;
    const to = this.#text.charCodeAt(this.#at + 1);
    if (to === 0x5c || to < from) throw new PatternRefusal('a range in it is malformed');
    this.#at += 2;
    return (code) => code >= from && code <= to;
  }

  /** What follows a backslash. Letters and digits have meanings of their own, few of which are known here. */
  #escape(): Test {
    const character = this.#text.charAt(this.#at);
    this.#at += 1;
    const test = classes.get(character);
    if (test !== undefined) return test;
    if (character === '' || /[0-9A-Za-z]/.test(character)) throw new PatternRefusal(`it uses "\\${character}"`);
    return is(character);
  }

  #take(character: string): boolean {
    if (!this.#text.startsWith(character, this.#at)) return false;
    this.#at += character.length;
    return true;
  }
}

/** A piece of a pattern: given what follows it, where it begins. */
type Piece = (next: number) => number;

const notNewline: Test = (code) => code !== 0x0a;
const isDigit: Test = (code) => code >= 0x30 && code <= 0x39;
const isWord: Test = (code) =>
  isDigit(code) || (code >= 0x41 && code <= 0x5a) || code === 0x5f || (code >= 0x61 && code <= 0x7a);
/** Python's also takes the separators 0x1c to 0x1f. */
const isSpace: Test = (code) => (code >= 0x1c && code <= 0x20) || (code >= 0x09 && code <= 0x0d);

const classes: ReadonlyMap<string, Test> = new Map<string, Test>([
  ['d', isDigit],
  ['D', (code) => !isDigit(code)],
  ['w', isWord],
  ['W', (code) => !isWord(code)],
  ['s', isSpace],
  ['S', (code) => !isSpace(code)],
]);

function endsPlainly(name: string, text: string): boolean {
  const start = name.length - text.length;
  if (start < 0 || (start > 0 && name.charCodeAt(start - 1) !== 0x2e)) return false;
  for (let i = text.length - 1; i >= 0; i--) {
    const wanted = text.charCodeAt(i);
    if (wanted !== 0x2e && name.charCodeAt(start + i) !== wanted) return false;
  }
  return true;
}

function is(character: string): Test {
  const wanted = character.charCodeAt(0);
  return (code) => code === wanted;
}

function fits(states: readonly State[], start: number, name: string): boolean {
  let current = new Set<number>();
  for (let at = 0; at <= name.length; at++) {
    if (at === 0 || name.charCodeAt(at - 1) === 0x2e) enter(states, start, at, name.length, current);
    if (at === name.length) break;
    const next = new Set<number>();
    const code = name.charCodeAt(at);
    for (const index of current) {
      const state = states[index];
      if (state?.kind === 'take' && state.test(code)) enter(states, state.next, at + 1, name.length, next);
    }
    current = next;
  }
  return current.has(0);
}

/** Adds a state and all that it leads to without a character. */
function enter(states: readonly State[], index: number, at: number, length: number, into: Set<number>): void {
  const queue = [index];
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    if (into.has(next)) continue;
    into.add(next);
    const state = states[next];
    if (state?.kind === 'fork') queue.push(...state.to);
    if (state?.kind === 'edge' && at === (state.at === 'start' ? 0 : length)) queue.push(state.next);
  }
}
