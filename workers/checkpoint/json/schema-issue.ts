import type { z } from 'zod';

/** What a schema found wrong in data from others, in words of ours: a schema's own words are for programmers. */
interface WhatIsWrong {
  /** Path of the value, with dots; empty for the whole. */
  readonly key: string;
  /** The value as JSON, cut; "absent" where there is none. */
  readonly found: string;
  /** "it must be a number" */
  readonly expected: string;
}

export function whatIsWrong({ issues }: z.ZodError, data: unknown): WhatIsWrong {
  const [issue] = issues;
  if (issue === undefined) return { key: '', found: shorten(data), expected: 'it has an unknown form' };
  return { key: issue.path.join('.'), found: shorten(valueAt(data, issue.path)), expected: expectedBy(issue) };
}

const kinds: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of named values',
  record: 'a group of named values',
  map: 'a group of named values',
  null: 'absent',
  undefined: 'absent',
};

/** Messages of "custom" issues are our own. */
function expectedBy(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'custom':
      return issue.message;
    case 'invalid_type':
      return `it must be ${kinds[issue.expected] ?? 'of another kind'}`;
    case 'invalid_value':
      return `it must be ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.map(spoken).join(', ')}`;
    case 'too_small':
      return `it must ${bound(issue.origin, 'at least', 'more than', issue.inclusive !== false)} ${issue.minimum}${entries(issue.origin)}`;
    case 'too_big':
      return `it must ${bound(issue.origin, 'at most', 'less than', issue.inclusive !== false)} ${issue.maximum}${entries(issue.origin)}`;
    case 'not_multiple_of':
      return `it must be a multiple of ${issue.divisor}`;
    default:
      return 'it has an unknown form';
  }
}

const isCounted = (origin: string): boolean => origin === 'array' || origin === 'string';

function bound(origin: string, inclusive: string, exclusive: string, isInclusive: boolean): string {
  return `${isCounted(origin) ? 'have' : 'be'} ${isInclusive ? inclusive : exclusive}`;
}

function entries(origin: string): string {
  if (origin === 'string') return ' characters';
  return isCounted(origin) ? ' entries' : '';
}

function spoken(value: unknown): string {
  return value === null || value === undefined
    ? 'absent'
    : typeof value === 'bigint'
      ? `${value}`
      : JSON.stringify(value);
}

function valueAt(data: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    data,
  );
}

const longest = 80;

/** JSON, short enough for a sentence, with Python's numbers that are not finite. */
export function shorten(value: unknown): string {
  const json = typeof value === 'number' ? String(value) : (JSON.stringify(value) as string | undefined);
  if (json === undefined) return 'absent';
  return json.length > longest ? `${json.slice(0, longest)}…` : json;
}
