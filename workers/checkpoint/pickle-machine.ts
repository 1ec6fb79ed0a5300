/**
 * Reads the pickles that torch.save writes, as data. Nothing is ever imported or called: the few names that tensor
 * rebuilding needs stand for fixed rules here (pickle-globals.ts), every other name and every other instruction is
 * refused. Instruction set: CPython's Lib/pickletools.py.
 */
import { buildObject, callGlobal, findGlobal, readStorage } from './pickle-globals.ts';
import { PickleRefusal, type PickleValue } from './pickle-values.ts';

/**
 * The value that a pickle stands for. Lists and dicts may hold themselves: do not walk them without a limit.
 * @throws PickleRefusal
 */
export function readPickle(bytes: Uint8Array): PickleValue {
  return new PickleMachine(bytes).run();
}

class PickleMachine {
  private readonly bytes: Uint8Array;
  readonly view: DataView;
  private at = 0;
  private stack: PickleValue[] = [];
  /** Stacks below each open MARK. */
  private readonly marked: PickleValue[][] = [];
  readonly memo = new Map<number, PickleValue>();

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  run(): PickleValue {
    for (;;) {
      const opcode = this.byte();
      if (opcode === 0x2e) return this.pop();
      this.execute(opcode);
    }
  }

  private execute(opcode: number): void {
    const instruction = instructions.get(opcode);
    if (instruction === undefined)
      throw new PickleRefusal(`it uses the pickle instruction 0x${opcode.toString(16)}, which no tensor needs`);
    instruction(this);
  }

  /** @returns where the skipped bytes begin */
  skip(length: number): number {
    const start = this.at;
    if (length > this.bytes.length - start) throw new PickleRefusal('its pickle is cut off');
    this.at = start + length;
    return start;
  }

  byte(): number {
    return this.view.getUint8(this.skip(1));
  }

  uint32(): number {
    return this.view.getUint32(this.skip(4), true);
  }

  text(length: number): string {
    const start = this.skip(length);
    return new TextDecoder().decode(this.bytes.subarray(start, start + length));
  }

  line(): string {
    const end = this.bytes.indexOf(0x0a, this.at);
    if (end === -1 || end - this.at > 1000) throw new PickleRefusal('its pickle is cut off');
    const line = this.text(end - this.at);
    this.skip(1);
    return line;
  }

  /** Two's complement, little-endian. */
  long(length: number): number {
    const start = this.skip(length);
    let value = 0n;
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(this.bytes[start + i] ?? 0);
    const signed = Number(BigInt.asIntN(length * 8, value));
    if (!Number.isSafeInteger(signed)) throw new PickleRefusal('it holds a whole number beyond 2^53');
    return signed;
  }

  push(value: PickleValue): void {
    this.stack.push(value);
  }

  pop(): PickleValue {
    const value = this.stack.pop();
    if (value === undefined) throw new PickleRefusal('its pickle takes a value that is not there');
    return value;
  }

  popMany(count: number): PickleValue[] {
    if (this.stack.length < count) throw new PickleRefusal('its pickle takes a value that is not there');
    return this.stack.splice(this.stack.length - count);
  }

  mark(): void {
    this.marked.push(this.stack);
    this.stack = [];
  }

  popToMark(): PickleValue[] {
    const below = this.marked.pop();
    if (below === undefined) throw new PickleRefusal('its pickle takes a mark that is not there');
    const above = this.stack;
    this.stack = below;
    return above;
  }

  private top(): PickleValue {
    const value = this.pop();
    this.push(value);
    return value;
  }

  append(items: readonly PickleValue[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw new PickleRefusal('its pickle appends to something that is no list');
    for (const item of items) list.push(item);
  }

  setItems(pairs: readonly PickleValue[]): void {
    const map = this.top();
    if (!(map instanceof Map) || pairs.length % 2 !== 0)
      throw new PickleRefusal('its pickle sets an item of something that is no dict');
    for (let i = 0; i < pairs.length; i += 2) {
      const key = pairs[i];
      if (typeof key !== 'string' && typeof key !== 'number')
        throw new PickleRefusal('a dict in it has a key that is neither text nor a number');
      map.set(key, pairs[i + 1] ?? null);
    }
  }

  put(slot: number): void {
    this.memo.set(slot, this.top());
  }

  get(slot: number): void {
    const value = this.memo.get(slot);
    if (value === undefined) throw new PickleRefusal('its pickle takes a value that is not there');
    this.push(value);
  }

  stackGlobal(): void {
    const [module, name] = this.popMany(2);
    if (typeof module !== 'string' || typeof name !== 'string')
      throw new PickleRefusal('its pickle names something by no text');
    this.push(findGlobal(module, name));
  }

  call(): void {
    const [callable, args] = this.popMany(2);
    this.push(callGlobal(callable ?? null, args ?? null));
  }

  build(): void {
    const state = this.pop();
    buildObject(this.top(), state);
  }
}

type Instruction = (machine: PickleMachine) => void;

/** Every instruction that torch.save uses, by its opcode. */
const instructions: ReadonlyMap<number, Instruction> = new Map<number, Instruction>([
  [
    0x80,
    (m) => {
      m.skip(1);
    },
  ], // PROTO
  [
    0x95,
    (m) => {
      m.skip(8);
    },
  ], // FRAME
  [
    0x28,
    (m) => {
      m.mark();
    },
  ], // MARK
  [
    0x4e,
    (m) => {
      m.push(null);
    },
  ], // NONE
  [
    0x88,
    (m) => {
      m.push(true);
    },
  ], // NEWTRUE
  [
    0x89,
    (m) => {
      m.push(false);
    },
  ], // NEWFALSE
  [
    0x4b,
    (m) => {
      m.push(m.byte());
    },
  ], // BININT1
  [
    0x4d,
    (m) => {
      m.push(m.view.getUint16(m.skip(2), true));
    },
  ], // BININT2
  [
    0x4a,
    (m) => {
      m.push(m.view.getInt32(m.skip(4), true));
    },
  ], // BININT
  [
    0x8a,
    (m) => {
      m.push(m.long(m.byte()));
    },
  ], // LONG1
  [
    0x47,
    (m) => {
      m.push(m.view.getFloat64(m.skip(8), false));
    },
  ], // BINFLOAT
  [
    0x58,
    (m) => {
      m.push(m.text(m.uint32()));
    },
  ], // BINUNICODE
  [
    0x8c,
    (m) => {
      m.push(m.text(m.byte()));
    },
  ], // SHORT_BINUNICODE
  [
    0x7d,
    (m) => {
      m.push(new Map());
    },
  ], // EMPTY_DICT
  [
    0x5d,
    (m) => {
      m.push([]);
    },
  ], // EMPTY_LIST
  [
    0x29,
    (m) => {
      m.push([]);
    },
  ], // EMPTY_TUPLE
  [
    0x74,
    (m) => {
      m.push(m.popToMark());
    },
  ], // TUPLE
  [
    0x85,
    (m) => {
      m.push(m.popMany(1));
    },
  ], // TUPLE1
  [
    0x86,
    (m) => {
      m.push(m.popMany(2));
    },
  ], // TUPLE2
  [
    0x87,
    (m) => {
      m.push(m.popMany(3));
    },
  ], // TUPLE3
  [
    0x61,
    (m) => {
      m.append(m.popMany(1));
    },
  ], // APPEND
  [
    0x65,
    (m) => {
      m.append(m.popToMark());
    },
  ], // APPENDS
  [
    0x73,
    (m) => {
      m.setItems(m.popMany(2));
    },
  ], // SETITEM
  [
    0x75,
    (m) => {
      m.setItems(m.popToMark());
    },
  ], // SETITEMS
  [
    0x71,
    (m) => {
      m.put(m.byte());
    },
  ], // BINPUT
  [
    0x72,
    (m) => {
      m.put(m.uint32());
    },
  ], // LONG_BINPUT
  [
    0x94,
    (m) => {
      m.put(m.memo.size);
    },
  ], // MEMOIZE
  [
    0x68,
    (m) => {
      m.get(m.byte());
    },
  ], // BINGET
  [
    0x6a,
    (m) => {
      m.get(m.uint32());
    },
  ], // LONG_BINGET
  [
    0x63,
    (m) => {
      m.push(findGlobal(m.line(), m.line()));
    },
  ], // GLOBAL
  [
    0x93,
    (m) => {
      m.stackGlobal();
    },
  ], // STACK_GLOBAL
  [
    0x51,
    (m) => {
      m.push(readStorage(m.pop()));
    },
  ], // BINPERSID
  [
    0x52,
    (m) => {
      m.call();
    },
  ], // REDUCE
  [
    0x81,
    (m) => {
      m.call();
    },
  ], // NEWOBJ
  [
    0x62,
    (m) => {
      m.build();
    },
  ], // BUILD
]);
