import { describe, expect, it } from 'vitest';

import { Cancellable } from './cancellable.ts';

/** Ends when its signal is aborted. */
const untilAborted = (signal: AbortSignal): Promise<string> =>
  new Promise((resolve) => {
    signal.addEventListener('abort', () => {
      resolve('aborted');
    });
  });

describe('tasks that can be ended by name', () => {
  it('end all of one name, and no other', async () => {
    const tasks = new Cancellable();
    const ended: string[] = [];
    const start = (name: string, label: string): Promise<unknown> =>
      tasks.run(name, untilAborted).then(() => ended.push(label));
    const first = [start('a', 'a1'), start('a', 'a2')];
    const other = start('b', 'b');
    tasks.cancel('a');
    await Promise.all(first);
    expect(ended).toEqual(['a1', 'a2']);
    tasks.cancel('b');
    await other;
  });

  it('are not ended by what was asked of an earlier one, and give what the task gives', async () => {
    const tasks = new Cancellable();
    tasks.cancel('a');
    expect(await tasks.run('a', ({ aborted }) => Promise.resolve(aborted))).toBe(false);
    await expect(tasks.run('a', () => Promise.reject(new Error('damaged')))).rejects.toThrow('damaged');
  });
});
