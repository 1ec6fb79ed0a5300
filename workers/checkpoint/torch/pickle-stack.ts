import { PickleRefusal, type PickleValue } from './pickle-values.ts';

/** A whole checkpoint with its training state has some ten thousand of them. Each empty one costs a byte in the file and two hundred here. */
const maxContainers = 200_000;
const maxValues = 2_000_000;

/** The values that a pickle is about to use, and how many it made in all. */
export class PickleStack {
  #stack: PickleValue[] = [];
  /** Stacks below each open MARK. */
  readonly #marked: PickleValue[][] = [];
  #values = 0;
  #containers = 0;

  push(value: PickleValue): void {
    this.#count(1);
    this.#stack.push(value);
  }

  #count(values: number): void {
    this.#values += values;
    if (this.#values > maxValues) throw new PickleRefusal(`it holds more than ${maxValues} values`);
  }

  pushContainer(value: PickleValue): void {
    this.#countContainer();
    this.push(value);
  }

  #countContainer(): void {
    if (++this.#containers > maxContainers)
      throw new PickleRefusal(`it holds more than ${maxContainers} lists and dicts`);
  }

  /** A call goes through what it is given, which the memo may give to many. */
  countWork(given: PickleValue | undefined): void {
    const parts = Array.isArray(given) ? given : given instanceof Map ? [given, ...given.values()] : [];
    for (const part of parts) this.#count(Array.isArray(part) ? part.length : part instanceof Map ? part.size : 1);
  }

  pop(): PickleValue {
    const value = this.#stack.pop();
    if (value === undefined) throw new PickleRefusal('its pickle takes a value that is not there');
    return value;
  }

  popMany(count: number): PickleValue[] {
    if (this.#stack.length < count) throw new PickleRefusal('its pickle takes a value that is not there');
    return this.#stack.splice(this.#stack.length - count);
  }

  mark(): void {
    this.#countContainer();
    this.#marked.push(this.#stack);
    this.#stack = [];
  }

  popToMark(): PickleValue[] {
    const below = this.#marked.pop();
    if (below === undefined) throw new PickleRefusal('its pickle takes a mark that is not there');
    const above = this.#stack;
    this.#stack = below;
    return above;
  }

  /** The top for the memo, which makes it one value more: an instruction of one byte keeps it there. */
  memoized(): PickleValue {
    this.#count(1);
    return this.top();
  }

  top(): PickleValue {
    const value = this.#stack.at(-1);
    if (value === undefined) throw new PickleRefusal('its pickle takes a value that is not there');
    return value;
  }
}
