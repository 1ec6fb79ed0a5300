import { expect, it } from 'vitest';

import { allInOrder } from './all-in-order.ts';

it('gives what goes on at once in its order', async () => {
  const ended: string[] = [];
  const after = async (turns: number, name: string): Promise<string> => {
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    ended.push(name);
    return name;
  };
  expect(await allInOrder([after(5, 'slow'), after(1, 'fast')])).toEqual(['slow', 'fast']);
  expect(ended).toEqual(['fast', 'slow']);
});

it('tells the first error in order, though another came before it, and only when all have ended', async () => {
  let ended = false;
  const last = async (): Promise<never> => {
    for (let turn = 0; turn < 9; turn++) await Promise.resolve();
    ended = true;
    throw new Error('first in order');
  };
  await expect(allInOrder([last(), Promise.reject(new Error('first in time'))])).rejects.toThrow('first in order');
  expect(ended).toBe(true);
});
