/**
 * The few pieces of the protocol buffers wire format that an ONNX file needs. A message is a list of encoded
 * fields; nesting is concatenation with a length in front.
 */
export type Field = Uint8Array<ArrayBuffer>;

const wireVarint = 0;
const wireBytes = 2;
const wireFixed32 = 5;

const utf8 = new TextEncoder();

function varint(value: bigint): number[] {
  const bytes: number[] = [];
  // Negative int64 values are written as their 64-bit two's complement.
  let rest = BigInt.asUintN(64, value);
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return bytes;
}

function tag(field: number, wire: number): number[] {
  return varint(BigInt((field << 3) | wire));
}

/** Joins encoded fields into one message. */
export function concat(fields: readonly Uint8Array[]): Field {
  const total = fields.reduce((sum, field) => sum + field.byteLength, 0);
  const message = new Uint8Array(total);
  let at = 0;
  for (const field of fields) {
    message.set(field, at);
    at += field.byteLength;
  }
  return message;
}

/** An int32, int64 or enum field. */
export function intField(field: number, value: number | bigint): Field {
  return Uint8Array.from([...tag(field, wireVarint), ...varint(BigInt(value))]);
}

/** A float field. */
export function floatField(field: number, value: number): Field {
  const bits = new Uint8Array(4);
  new DataView(bits.buffer).setFloat32(0, value, true);
  return Uint8Array.from([...tag(field, wireFixed32), ...bits]);
}

/** A bytes field. */
export function bytesField(field: number, value: Uint8Array): Field {
  return concat([Uint8Array.from([...tag(field, wireBytes), ...varint(BigInt(value.byteLength))]), value]);
}

/** A string field. */
export function stringField(field: number, value: string): Field {
  return bytesField(field, utf8.encode(value));
}

/** An embedded message. */
export function messageField(field: number, fields: readonly Uint8Array[]): Field {
  return bytesField(field, concat(fields));
}
