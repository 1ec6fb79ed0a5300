import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { shorten, whatIsWrong } from './schema-issue.ts';

const wrong = (schema: z.ZodType, data: unknown) => {
  const { error } = schema.safeParse(data);
  if (error === undefined) throw new RangeError('Nothing is wrong.');
  return whatIsWrong(error, data);
};

describe('what a schema found', () => {
  it.each<readonly [z.ZodType, unknown, string, string]>([
    [z.string(), 7, '7', 'it must be text'],
    [z.number(), 'x', '"x"', 'it must be a number'],
    [z.int(), 1.5, '1.5', 'it must be a whole number'],
    [z.boolean(), null, 'null', 'it must be true or false'],
    [z.array(z.number()), 7, '7', 'it must be a list'],
    [z.object({}), [], '[]', 'it must be a group of named values'],
    [z.record(z.string(), z.number()), 7, '7', 'it must be a group of named values'],
    [z.null(), 7, '7', 'it must be absent'],
    [z.undefined(), 7, '7', 'it must be absent'],
    [z.date(), 7, '7', 'it must be of another kind'],
    [z.literal('a'), 'b', '"b"', 'it must be "a"'],
    [z.literal(['a', 2, null]), 'b', '"b"', 'it must be one of "a", 2, absent'],
    [z.enum(['a', 'c']), 'b', '"b"', 'it must be one of "a", "c"'],
    [z.literal(undefined), 'b', '"b"', 'it must be absent'],
    [z.literal(3n), 'b', '"b"', 'it must be 3'],
    [z.number().min(2), 1, '1', 'it must be at least 2'],
    [z.number().gt(2), 2, '2', 'it must be more than 2'],
    [z.number().max(2), 3, '3', 'it must be at most 2'],
    [z.number().lt(2), 2, '2', 'it must be less than 2'],
    [z.array(z.number()).min(2), [1], '[1]', 'it must have at least 2 entries'],
    [z.string().max(2), 'abc', '"abc"', 'it must have at most 2 characters'],
    [z.number().multipleOf(8), 9, '9', 'it must be a multiple of 8'],
    [z.number().refine(() => false, 'it must be our own'), 9, '9', 'it must be our own'],
    [z.union([z.string(), z.number()]), true, 'true', 'it has an unknown form'],
  ])('%# is said in words of ours', (schema, value, found, expected) => {
    expect(wrong(z.object({ a: z.object({ b: schema }) }), { a: { b: value } })).toEqual({
      key: 'a.b',
      found,
      expected,
    });
    expect(wrong(schema, value)).toEqual({ key: '', found, expected });
  });

  it.each<readonly [unknown, string, string]>([
    [{}, 'a', 'absent'],
    [{ a: null }, 'a', 'null'],
    [{ a: 'text' }, 'a', '"text"'],
    [null, '', 'null'],
    [undefined, '', 'absent'],
  ])('%j is told by its key and its value', (data, key, found) => {
    expect(wrong(z.object({ a: z.object({ b: z.string() }) }), data)).toMatchObject({ key, found });
  });

  it.each([['text'], [null], [{}]])('may lie below what %j has', (value) => {
    const ours = z.unknown().refine(() => false, { path: ['length', 'more'], message: 'it must be ours' });
    expect(wrong(ours, value)).toEqual({ key: 'length.more', found: 'absent', expected: 'it must be ours' });
  });

  it('may be nothing', () => {
    expect(whatIsWrong(new z.ZodError([]), { a: 1 })).toEqual({
      key: '',
      found: '{"a":1}',
      expected: 'it has an unknown form',
    });
  });
});

it.each<readonly [unknown, string]>([
  [undefined, 'absent'],
  [Number.NaN, 'NaN'],
  [-Infinity, '-Infinity'],
  ['x'.repeat(78), `"${'x'.repeat(78)}"`],
  ['x'.repeat(79), `"${'x'.repeat(79)}…`],
  [[1, 2], '[1,2]'],
])('%j is short enough for a sentence', (value, text) => {
  expect(shorten(value)).toBe(text);
});
