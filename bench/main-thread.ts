/** What the main thread of a page did, out of Chromium's trace. */
import * as z from 'zod';

/** A task of the main thread, in milliseconds. */
export interface Task {
  readonly start: number;
  readonly wall: number;
  /** Of the processor: what else the machine does is not in it. */
  readonly cpu: number;
  /** What took most of it: "FunctionCall openSheet", "Layout". */
  readonly mostly: string;
}

const eventSchema = z.object({
  name: z.string(),
  ph: z.string(),
  pid: z.number(),
  tid: z.number(),
  ts: z.number().default(0),
  dur: z.number().default(0),
  tdur: z.number().default(0),
  args: z
    .object({
      name: z.string(),
      data: z.object({ functionName: z.string(), url: z.string(), type: z.string() }).partial(),
    })
    .partial()
    .catch({}),
});
type TraceEvent = z.infer<typeof eventSchema>;

export const categories = ['toplevel', 'devtools.timeline', 'disabled-by-default-devtools.timeline', 'v8'];

const isTask = ({ name, ph }: TraceEvent): boolean => ph === 'X' && name === 'RunTask';
const threadOf = ({ pid, tid }: TraceEvent): string => `${pid} ${tid}`;
const end = ({ ts, dur }: TraceEvent): number => ts + dur;

/** The tasks of the page's main thread: of several renderers, the one that did most. */
export function tasksOfTrace(trace: string): readonly Task[] {
  const { traceEvents } = z.object({ traceEvents: z.array(z.unknown()) }).parse(JSON.parse(trace));
  const events = traceEvents.flatMap((event) => eventSchema.safeParse(event).data ?? []);
  const mains = events.filter(({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain');
  const threads = mains.map((main) => events.filter((event) => threadOf(event) === threadOf(main)));
  const work = (thread: readonly TraceEvent[]): number =>
    thread.filter(isTask).reduce((sum, { tdur }) => sum + tdur, 0);
  const [busiest = []] = threads.toSorted((a, b) => work(b) - work(a));
  const parts = busiest.filter(({ name, ph }) => ph === 'X' && name !== 'RunTask');
  return busiest.filter(isTask).map((task) => ({
    start: task.ts / 1000,
    wall: task.dur / 1000,
    cpu: task.tdur / 1000,
    mostly: mostly(parts.filter((part) => part.ts >= task.ts && end(part) <= end(task))),
  }));
}

/** Names that say nothing of what was done. */
const wrappers = /^(?:ThreadControllerImpl|BlinkScheduler|ThreadPool|RunMicrotasks$|SimpleWatcher|Receive )/u;

/** The most costly of the parts that say something; the innermost of those that cost about as much. */
function mostly(parts: readonly TraceEvent[]): string {
  const telling = parts.filter(({ name }) => !wrappers.test(name));
  const most = Math.max(0, ...telling.map(({ dur }) => dur));
  const [part] = telling.filter(({ dur }) => dur > 0.8 * most).toSorted((a, b) => a.dur - b.dur);
  if (part === undefined) return '';
  const { functionName = '', type = '', url = '' } = part.args.data ?? {};
  const what = functionName === '' ? (type === '' ? (url.split('/').at(-1) ?? '') : type) : functionName;
  return `${part.name} ${what}`.trim();
}
