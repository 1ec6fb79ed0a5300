import { expect, it } from 'vitest';

import { tasksOfTrace } from './main-thread.ts';

const event = (tid: number, name: string, ts: number, dur: number, more: object = {}): object => ({
  name,
  ph: 'X',
  pid: 1,
  tid,
  ts,
  dur,
  tdur: dur / 2,
  ...more,
});
const thread = (tid: number, name: string): object => ({ name: 'thread_name', ph: 'M', pid: 1, tid, args: { name } });

it('the tasks of the busiest renderer’s main thread are told with what took most of them', () => {
  const called = { args: { data: { functionName: 'openSheet', url: 'https://x/assets/index.js' } } };
  const traceEvents = [
    thread(1, 'CrRendererMain'),
    thread(2, 'CrRendererMain'),
    thread(3, 'ThreadPoolWorker'),
    event(1, 'RunTask', 0, 9_000),
    event(2, 'RunTask', 1_000, 80_000),
    event(2, 'EventDispatch', 1_500, 70_000, { args: { data: { type: 'click' } } }),
    event(2, 'FunctionCall', 2_000, 69_000, called),
    event(2, 'Layout', 72_000, 6_000),
    event(2, 'RunTask', 90_000, 2_000),
    event(3, 'RunTask', 0, 900_000),
    { nonsense: true },
  ];
  expect(tasksOfTrace(JSON.stringify({ traceEvents }))).toEqual([
    { start: 1, wall: 80, cpu: 40, mostly: 'FunctionCall openSheet' },
    { start: 90, wall: 2, cpu: 1, mostly: '' },
  ]);
});
