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
    if (++this.#values > maxValues) throw new PickleRefusal(`it holds more than ${maxValues} values`);
    this.#stack.push(value);
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
    for (const part of parts) this.#values += Array.isArray(part) ? part.length : part instanceof Map ? part.size : 1;
    if (this.#values > maxValues) throw new PickleRefusal(`it holds more than ${maxValues} values`);
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

  top(): PickleValue {
    const value = this.#stack.at(-1);
    if (value === undefined) throw new PickleRefusal('its pickle takes a value that is not there');
    return value;
  }
}
