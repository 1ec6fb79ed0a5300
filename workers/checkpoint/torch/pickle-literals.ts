import { findGlobal } from './pickle-globals.ts';
import type { PickleInput } from './pickle-input.ts';
import { opaque, type PickleValue } from './pickle-values.ts';

/** Instructions that only say a value, by opcode. Instruction set: CPython's Lib/pickletools.py. */
export const literals: ReadonlyMap<number, (input: PickleInput) => PickleValue> = new Map<
  number,
  (input: PickleInput) => PickleValue
>([
  [0x4e, () => null], // NONE
  [0x88, () => true], // NEWTRUE
  [0x89, () => false], // NEWFALSE
  [0x4b, (input) => input.byte()], // BININT1
  [0x4d, (input) => input.uint16()], // BININT2
  [0x4a, (input) => input.int32()], // BININT
  [0x8a, (input) => input.long(input.byte())], // LONG1
  [0x47, (input) => input.float64()], // BINFLOAT
  [0x58, (input) => input.text(input.uint32())], // BINUNICODE
  [0x8c, (input) => input.text(input.byte())], // SHORT_BINUNICODE
  [0x8d, (input) => input.text(input.uint64())], // BINUNICODE8
  [0x54, (input) => input.text(input.uint32())], // BINSTRING
  [0x55, (input) => input.text(input.byte())], // SHORT_BINSTRING
  [0x43, (input) => bytes(input, input.byte())], // SHORT_BINBYTES
  [0x42, (input) => bytes(input, input.uint32())], // BINBYTES
  [0x8e, (input) => bytes(input, input.uint64())], // BINBYTES8
  [0x63, (input) => findGlobal(input.line(), input.line())], // GLOBAL
]);

/** No tensor is made of bytes inside a pickle. */
function bytes(input: PickleInput, length: number): PickleValue {
  input.skip(length);
  return opaque;
}
