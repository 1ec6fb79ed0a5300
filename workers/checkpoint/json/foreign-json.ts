/** JSON as data from strangers: objects become Maps, so that "__proto__" is only a key. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | ReadonlyMap<string, JsonValue>;

export interface JsonBounds {
  /** A scalar has depth 0. */
  readonly maxDepth: number;
  /** Values of every kind, those inside others too. A few bytes of text can become fifty times as many in memory. */
  readonly maxValues: number;
  /** Whether a key given twice is refused; else the last one counts, as for JSON.parse and Python. */
  readonly refusesRepeatedKeys: boolean;
}

/**
 * Parses JSON text as Python's json module does: NaN, Infinity and -Infinity are numbers.
 * @throws SyntaxError saying what is wrong and where, for what breaks a bound too
 */
export function parseForeignJson(text: string, bounds: JsonBounds): JsonValue {
  const parser = new Parser(text, bounds);
  const value = parser.value(0);
  parser.end();
  return value;
}

/** Maps as plain objects, for schemas. "__proto__" becomes a key of its own and changes nothing else. */
export function plainJson(value: JsonValue): unknown {
  if (isJsonObject(value)) return Object.fromEntries([...value].map(([key, item]) => [key, plainJson(item)]));
  return isJsonArray(value) ? value.map(plainJson) : value;
}

export function isJsonObject(value: JsonValue | undefined): value is ReadonlyMap<string, JsonValue> {
  return value instanceof Map;
}

export function isJsonArray(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** Longer numbers are refused: a regular expression on endless digits would overflow its stack. */
const maxNumberLength = 64;
const numberPattern = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/;

class Parser {
  private readonly text: string;
  private readonly bounds: JsonBounds;
  private at = 0;
  private values = 0;

  constructor(text: string, bounds: JsonBounds) {
    this.text = text;
    this.bounds = bounds;
  }

  value(depth: number): JsonValue {
    this.values += 1;
    if (this.values > this.bounds.maxValues) this.fail(`it holds more than ${this.bounds.maxValues} values`);
    this.skipSpace();
    switch (this.text[this.at]) {
      case '{':
        return this.object(depth + 1);
      case '[':
        return this.array(depth + 1);
      case '"':
        return this.string();
      case 't':
        return this.word('true', true);
      case 'f':
        return this.word('false', false);
      case 'n':
        return this.word('null', null);
      case 'N':
        return this.word('NaN', Number.NaN);
      case 'I':
        return this.word('Infinity', Infinity);
      default:
        return this.text.startsWith('-I', this.at) ? this.word('-Infinity', -Infinity) : this.number();
    }
  }

  end(): void {
    this.skipSpace();
    if (this.at !== this.text.length) this.fail('something follows the JSON value');
  }

  private object(depth: number): ReadonlyMap<string, JsonValue> {
    this.enter(depth);
    const entries = new Map<string, JsonValue>();
    if (this.take('}')) return entries;
    do {
      this.skipSpace();
      const key = this.string();
      if (this.bounds.refusesRepeatedKeys && entries.has(key))
        this.fail(`the key ${JSON.stringify(key.slice(0, 200))} is given twice`);
      this.expect(':');
      entries.set(key, this.value(depth));
    } while (this.take(','));
    this.expect('}');
    return entries;
  }

  private array(depth: number): readonly JsonValue[] {
    this.enter(depth);
    const items: JsonValue[] = [];
    if (this.take(']')) return items;
    do items.push(this.value(depth));
    while (this.take(','));
    this.expect(']');
    return items;
  }

  private string(): string {
    if (this.text[this.at] !== '"') this.fail('a quoted string is missing');
    const start = this.at;
    let isPlain = true;
    let end = start + 1;
    for (let code = this.text.charCodeAt(end); code !== 0x22; code = this.text.charCodeAt(end)) {
      if (Number.isNaN(code) || code < 0x20) this.fail('a string does not end');
      if (code === 0x5c) isPlain = false;
      end += code === 0x5c ? 2 : 1;
    }
    this.at = end + 1;
    if (isPlain) return this.text.slice(start + 1, end);
    const value: unknown = this.parseSlice(start, end + 1);
    return typeof value === 'string' ? value : this.fail('a string is malformed');
  }

  private parseSlice(start: number, end: number): unknown {
    try {
      return JSON.parse(this.text.slice(start, end));
    } catch {
      return this.fail('a string holds a malformed escape');
    }
  }

  private number(): number {
    const match = numberPattern.exec(this.text.slice(this.at, this.at + maxNumberLength));
    if (match === null) return this.fail('a value is missing');
    if (match[0].length === maxNumberLength) this.fail('a number is too long');
    this.at += match[0].length;
    return Number(match[0]);
  }

  private word<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) this.fail('a value is malformed');
    this.at += word.length;
    return value;
  }

  private enter(depth: number): void {
    if (depth > this.bounds.maxDepth) this.fail(`nesting is deeper than ${this.bounds.maxDepth}`);
    this.at += 1;
  }

  private take(character: string): boolean {
    this.skipSpace();
    if (this.text[this.at] !== character) return false;
    this.at += 1;
    return true;
  }

  private expect(character: string): void {
    if (!this.take(character)) this.fail(`"${character}" is missing`);
  }

  private skipSpace(): void {
    for (let code = this.text.charCodeAt(this.at); code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;) {
      this.at += 1;
      code = this.text.charCodeAt(this.at);
    }
  }

  private fail(what: string): never {
    throw new SyntaxError(`${what} (at character ${this.at})`);
  }
}
