import { expect, it } from 'vitest';

import { PickleStack } from './pickle-stack.ts';
import type { PickleMap, PickleValue } from './pickle-values.ts';

const list = (length: number): PickleValue[] => new Array<PickleValue>(length);
const map = (...values: readonly PickleValue[]): PickleMap => new Map(values.map((value, i) => [i, value]));

const hundredThousand = list(100_000);

/** A stack that takes so many values more, of two million. */
function stackWithRoom(count: number): PickleStack {
  const stack = new PickleStack();
  stack.countWork([...new Array<PickleValue>(19).fill(hundredThousand), list(100_000 - count)]);
  return stack;
}

function expectCount(count: number, given: PickleValue): void {
  const stack = stackWithRoom(count + 2);
  stack.countWork(given);
  stack.push(1);
  stack.push(2);
  expect(() => {
    stack.push(3);
  }).toThrow('it holds more than 2000000 values');
}

it.each<readonly [string, number, PickleValue]>([
  ['nothing for a number', 0, 7],
  ['one for each number of a list', 3, [1, null, 'x']],
  ['the length of each list in a list', 5, [list(2), list(3)]],
  ['the size of each dict in a list', 3, [map(1, 2), map(list(9))]],
  ['the size of a dict', 4, map(1, 2)],
  ['the length of each list in a dict', 7, map(list(4), 1)],
])('work with what a call is given counts %s', (_, count, given) => {
  expectCount(count, given);
});

it('work ends where the values do', () => {
  const stack = stackWithRoom(0);
  expect(() => {
    stack.countWork([1]);
  }).toThrow('it holds more than 2000000 values');
});

it.each(['lists and dicts', 'marks'])('a pickle has 200000 %s at most', (what) => {
  const stack = new PickleStack();
  const add = () => {
    if (what === 'marks') stack.mark();
    else stack.pushContainer([]);
  };
  for (let i = 0; i < 200_000; i++) add();
  expect(add).toThrow('it holds more than 200000 lists and dicts');
});
