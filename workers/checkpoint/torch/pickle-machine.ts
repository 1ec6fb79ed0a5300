/**
 * Reads the pickles that torch.save writes, as data. Nothing is ever imported or called: the few names that tensor
 * rebuilding needs stand for fixed rules here (pickle-globals.ts), every other name and every other instruction is
 * refused.
 */
import { buildObject, callGlobal, findGlobal, readStorage } from './pickle-globals.ts';
import { PickleInput } from './pickle-input.ts';
import { literals } from './pickle-literals.ts';
import { PickleStack } from './pickle-stack.ts';
import { isOpaque, PickleRefusal, type PickleStorage, type PickleValue } from './pickle-values.ts';

export interface Pickle {
  /** What it stands for. Lists and dicts may hold themselves: do not walk them without a limit. */
  readonly value: PickleValue;
  readonly storages: ReadonlyMap<string, PickleStorage>;
  /** Where its bytes end. */
  readonly end: number;
}

/** Reads the pickle that begins at `from`. @throws PickleRefusal; PickleTruncation where the bytes end too early */
export function readPickle(bytes: Uint8Array, from = 0): Pickle {
  return new PickleMachine(new PickleInput(bytes, from)).run();
}

class PickleMachine {
  readonly #input: PickleInput;
  readonly #stack = new PickleStack();
  readonly #memo = new Map<number, PickleValue>();
  readonly #storages = new Map<string, PickleStorage>();

  constructor(input: PickleInput) {
    this.#input = input;
  }

  run(): Pickle {
    for (;;) {
      const opcode = this.#input.byte();
      if (opcode === 0x2e) return { value: this.#stack.pop(), storages: this.#storages, end: this.#input.at };
      const literal = literals.get(opcode);
      if (literal === undefined) this.#execute(opcode);
      else this.#stack.push(literal(this.#input));
    }
  }

  /** Every other instruction that torch.save and its relatives use. */
  #execute(opcode: number): void {
    const input = this.#input;
    switch (opcode) {
      case 0x80: // PROTO
        input.skip(1);
        return;
      case 0x95: // FRAME
        input.skip(8);
        return;
      case 0x28: // MARK
        this.#stack.mark();
        return;
      case 0x7d: // EMPTY_DICT
        this.#stack.pushContainer(new Map());
        return;
      case 0x5d: // EMPTY_LIST
      case 0x29: // EMPTY_TUPLE
      case 0x8f: // EMPTY_SET
        this.#stack.pushContainer([]);
        return;
      case 0x74: // TUPLE
      case 0x91: // FROZENSET
        this.#stack.pushContainer(this.#stack.popToMark());
        return;
      case 0x85: // TUPLE1
      case 0x86: // TUPLE2
      case 0x87: // TUPLE3
        this.#stack.pushContainer(this.#stack.popMany(opcode - 0x84));
        return;
      case 0x61: // APPEND
        this.#append(this.#stack.popMany(1));
        return;
      case 0x65: // APPENDS
      case 0x90: // ADDITEMS
        this.#append(this.#stack.popToMark());
        return;
      case 0x73: // SETITEM
        this.#setItems(this.#stack.popMany(2));
        return;
      case 0x75: // SETITEMS
        this.#setItems(this.#stack.popToMark());
        return;
      case 0x71: // BINPUT
        this.#memo.set(input.byte(), this.#stack.memoized());
        return;
      case 0x72: // LONG_BINPUT
        this.#memo.set(input.uint32(), this.#stack.memoized());
        return;
      case 0x94: // MEMOIZE
        this.#memo.set(this.#memo.size, this.#stack.memoized());
        return;
      case 0x68: // BINGET
        this.#get(input.byte());
        return;
      case 0x6a: // LONG_BINGET
        this.#get(input.uint32());
        return;
      case 0x93: // STACK_GLOBAL
        this.#stackGlobal();
        return;
      case 0x51: // BINPERSID
        this.#storage();
        return;
      case 0x52: // REDUCE
      case 0x81: // NEWOBJ
        this.#call();
        return;
      case 0x62: // BUILD
        this.#build();
        return;
      default:
        throw new PickleRefusal(`it uses the pickle instruction 0x${opcode.toString(16)}, which no tensor needs`);
    }
  }

  #append(items: readonly PickleValue[]): void {
    const list = this.#stack.top();
    if (isOpaque(list)) return;
    if (!Array.isArray(list)) throw new PickleRefusal('its pickle appends to something that is no list');
    for (const item of items) list.push(item);
  }

  #setItems(pairs: readonly PickleValue[]): void {
    const map = this.#stack.top();
    if (isOpaque(map)) return;
    if (!(map instanceof Map) || pairs.length % 2 !== 0)
      throw new PickleRefusal('its pickle sets an item of something that is no dict');
    for (let i = 0; i < pairs.length; i += 2) {
      const key = pairs[i];
      if (isOpaque(key)) continue;
      if (typeof key !== 'string' && typeof key !== 'number')
        throw new PickleRefusal('a dict in it has a key that is neither text nor a number');
      map.set(key, pairs[i + 1] ?? null);
    }
  }

  #get(slot: number): void {
    const value = this.#memo.get(slot);
    if (value === undefined) throw new PickleRefusal('its pickle takes a value that is not there');
    this.#stack.push(value);
  }

  #stackGlobal(): void {
    const [module, name] = this.#stack.popMany(2);
    if (typeof module !== 'string' || typeof name !== 'string')
      throw new PickleRefusal('its pickle names something by no text');
    this.#stack.push(findGlobal(module, name));
  }

  #storage(): void {
    const storage = readStorage(this.#stack.pop());
    this.#storages.set(storage.key, storage);
    this.#stack.push(storage);
  }

  #call(): void {
    const [callable, args] = this.#stack.popMany(2);
    this.#stack.countWork(args);
    this.#stack.pushContainer(callGlobal(callable ?? null, args ?? null));
  }

  #build(): void {
    const state = this.#stack.pop();
    this.#stack.countWork(state);
    buildObject(this.#stack.top(), state);
  }
}
