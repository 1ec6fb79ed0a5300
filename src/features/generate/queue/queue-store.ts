/** The jobs that wait. All tabs share them: each job is an entry of its own in the store, and a change is told to the others. */
import { createStore } from 'zustand/vanilla';
import { MemoryStore, type KeyedStore } from '../../../storage/keyed-store.ts';
import { readSlice } from '../../../storage/slice.ts';
import { jobSlice, type Job } from './job.ts';

interface QueueState {
  /** In the order in which they are made, the one that is being made too. */
  readonly jobs: readonly Job[];
  /** The job that this tab is making. */
  readonly running: string | null;
  /** After a failure nothing is tried until the person says so. */
  readonly isPaused: boolean;
}

export const queueStore = createStore<QueueState>(() => ({ jobs: [], running: null, isPaused: false }));

const { getState, setState } = queueStore;

/** What tells other tabs; tests and browsers without it have none. */
type Channel = Pick<BroadcastChannel, 'postMessage' | 'addEventListener'>;

let store: KeyedStore = new MemoryStore();
let channel: Channel | null = null;
/** Jobs that the storage has not taken yet, or, being full, did not take: this tab alone knows them. */
const unkept = new Map<string, Job>();

/** Reads what waits from earlier visits; entries that cannot be read are left alone. */
export async function openQueue(lasting: KeyedStore, tabs: Channel | null): Promise<void> {
  store = lasting;
  channel = tabs;
  tabs?.addEventListener('message', () => void readJobs());
  await readJobs();
}

/** Takes over what other tabs have changed. A store that does not answer changes nothing. */
export async function readJobs(): Promise<void> {
  const stored = await store.getAll('jobs').catch(() => null);
  if (stored === null) return;
  const jobs = new Map(stored.flatMap((entry) => readSlice(jobSlice, entry) ?? []).map((job) => [job.id, job]));
  setState({ jobs: inOrder([...new Map([...jobs, ...unkept]).values()]) });
}

function inOrder(jobs: readonly Job[]): readonly Job[] {
  return jobs.toSorted((a, b) => a.place - b.place || a.id.localeCompare(b.id));
}

/** Appends jobs. Where the storage is full they wait in this tab alone. */
export async function addJobs(jobs: readonly Omit<Job, 'id' | 'place' | 'problem'>[]): Promise<readonly Job[]> {
  const first = Math.max(Date.now(), (getState().jobs.at(-1)?.place ?? 0) + 1);
  const added = jobs.map((job, index): Job => ({
    ...job,
    id: crypto.randomUUID(),
    place: first + index,
    problem: null,
  }));
  setState((state) => ({ jobs: inOrder([...state.jobs, ...added]) }));
  await Promise.all(added.map(keep));
  tell();
  return added;
}

async function keep(job: Job): Promise<void> {
  unkept.set(job.id, job);
  try {
    await store.put('jobs', job.id, { version: jobSlice.version, data: job });
    if (unkept.get(job.id) === job) unkept.delete(job.id);
  } catch {
    // It stays among those that this tab alone knows.
  }
}

export async function removeJobs(ids: readonly string[]): Promise<void> {
  setState(({ jobs }) => ({ jobs: jobs.filter(({ id }) => !ids.includes(id)) }));
  for (const id of ids) {
    unkept.delete(id);
    await store.delete('jobs', id).catch(() => undefined);
  }
  tell();
}

async function changeJob(id: string, change: Partial<Job>): Promise<void> {
  const job = getState().jobs.find((other) => other.id === id);
  if (job === undefined) return;
  const changed = { ...job, ...change };
  setState(({ jobs }) => ({ jobs: inOrder(jobs.map((other) => (other.id === id ? changed : other))) }));
  await keep(changed);
  tell();
}

export function markFailed(id: string, problem: string): Promise<void> {
  return changeJob(id, { problem });
}

/** Puts a job one place up or down, past none that is being made. */
export async function moveJob(id: string, by: -1 | 1): Promise<void> {
  const { jobs, running } = getState();
  const waiting = jobs.filter((job) => job.id !== running);
  const from = waiting.findIndex((job) => job.id === id);
  const beside = waiting[from + by];
  if (from < 0 || beside === undefined) return;
  const beyond = waiting[from + 2 * by];
  await changeJob(id, { place: beyond === undefined ? beside.place + by : (beside.place + beyond.place) / 2 });
}

/** Whether a job is still wanted: another tab may have made or removed it. @returns true where the store does not answer */
export async function isStillWanted(id: string): Promise<boolean> {
  const stored = await store.get('jobs', id).catch(() => 'unknown');
  return (stored !== undefined || unkept.has(id)) && getState().jobs.some((job) => job.id === id);
}

function tell(): void {
  channel?.postMessage('changed');
}
