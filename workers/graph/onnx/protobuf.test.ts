import { describe, expect, it } from 'vitest';

import { bytesField, floatField, intField, messageField, stringField } from './protobuf.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

// Expected bytes are those of the examples in the protocol buffers encoding guide, or of Google's own encoder.
describe('protobuf fields', () => {
  it.each([
    [150, '089601'],
    [0, '0800'],
    [-2, '08feffffffffffffffff01'],
    [2 ** 40, '08808080808020'],
  ])('write the integer %d as a varint', (value, expected) => {
    expect(hex(intField(1, value))).toBe(expected);
  });

  it('write strings and bytes with their length in front', () => {
    expect(hex(stringField(2, 'testing'))).toBe('120774657374696e67');
    expect(hex(stringField(2, 'é'))).toBe('1202c3a9');
    expect(hex(bytesField(9, new Uint8Array(200).fill(1)))).toBe(`4ac801${'01'.repeat(200)}`);
  });

  it('write floats little-endian', () => {
    expect(hex(floatField(2, 1.5))).toBe('150000c03f');
  });

  it('nest messages, and give fields above 15 a longer tag', () => {
    expect(hex(messageField(3, [intField(1, 150)]))).toBe('1a03089601');
    expect(hex(intField(20, 7))).toBe('a00107');
  });
});
