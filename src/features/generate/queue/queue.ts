/**
 * Generate stays pressable: what is asked for while a picture forms waits, and is made when its turn comes. Of several tabs
 * one makes what waits, the holder of a lock; each job is looked up once more before it is made.
 */
import type { ErrorData } from '../../../../workers/api.ts';
import { siteName } from '../../../storage/site-name.ts';
import { toast } from '../../../ui/toast.ts';
import { currentComposition } from '../../compose/draft/compose-store.ts';
import { engineStore } from '../../models/loading/engine-store.ts';
import { ensureModel } from '../../models/loading/load-model.ts';
import { randomSeed, setSettings, settingsStore } from '../../settings/settings.ts';
import { startAsShown } from '../../start/mask-store.ts';
import { generate, runStore, type Engine, type Order } from '../run/controller.ts';
import type { Job } from './job.ts';
import { addJobs, isStillWanted, markFailed, queueStore, readJobs, removeJobs } from './queue-store.ts';
import { checkComposition } from '../run/request.ts';
import { isActive } from '../run/run-state.ts';

type Locks = Pick<LockManager, 'request'>;

/** What the queue runs on; null until the page stands. */
let host: { readonly engine: Engine; readonly locks: Locks | null } | null = null;

/** @param locks null where the browser has none: then every tab makes what waits in it */
export function startQueue(engine: Engine, locks: Locks | null): void {
  host = { engine, locks };
  runStore.subscribe(({ run }, before) => {
    if (isActive(before.run) && !isActive(run)) void workOff();
  });
  engineStore.subscribe(({ model }, before) => {
    if (model.kind === 'ready' && before.model.kind !== 'ready') void workOff();
  });
  queueStore.subscribe((state, before) => {
    if (state.jobs !== before.jobs || state.isPaused !== before.isPaused) void workOff();
  });
  void workOff();
}

/** A picture of what the page says now: at once where nothing forms, else when its turn comes. */
export async function requestPicture(engine: Engine): Promise<void> {
  if (!isActive(runStore.getState().run)) {
    queueStore.setState({ isPaused: false });
    await generate(engine);
    return;
  }
  const compose = currentComposition();
  const wrong = checkComposition(compose);
  if (wrong !== null) {
    toast.warning(wrong.message);
    return;
  }
  const settings = settingsStore.getState();
  const start = await startAsShown();
  await enqueue([{ compose, settings, comparison: null, ...(start === null ? {} : { start }) }]);
  if (!settings.seedLocked) setSettings({ seed: randomSeed() });
}

/** Appends to what waits; where nothing forms the first is made at once, and the model loaded for it. */
export async function enqueue(wanted: readonly Order[]): Promise<void> {
  const { model } = engineStore.getState();
  const made = model.kind === 'ready' ? { id: model.summary.id, name: model.summary.name } : null;
  queueStore.setState({ isPaused: false });
  await addJobs(wanted.map((job) => ({ ...job, model: made })));
  if (made === null && host !== null && !isActive(runStore.getState().run)) await ensureModel(host.engine);
}

/** The next job that the loaded model can make. What waits loads no model: after a reload that could be gigabytes. */
function nextJob(): Job | undefined {
  const { model } = engineStore.getState();
  return model.kind === 'ready'
    ? queueStore.getState().jobs.find((job) => isMakeable(job, model.summary.id))
    : undefined;
}

/** @param loaded id of the loaded model; null while there is none */
export function isMakeable({ model }: Pick<Job, 'model'>, loaded: string | null): boolean {
  return loaded !== null && (model === null || model.id === loaded);
}

function isHeld(): boolean {
  return queueStore.getState().isPaused || isActive(runStore.getState().run) || nextJob() === undefined;
}

let isWorking = false;

/** Makes what waits, one after the other, as long as nothing stands in the way. */
async function workOff(): Promise<void> {
  if (host === null || isWorking || isHeld()) return;
  isWorking = true;
  const { engine, locks } = host;
  try {
    if (locks === null) await makeAll(engine);
    // Where another tab makes what waits, this one stands by: the lock comes when that tab is done, or closed.
    else await locks.request(siteName('queue'), () => makeAll(engine));
  } finally {
    isWorking = false;
  }
  if (!isHeld()) void workOff();
}

async function makeAll(engine: Engine): Promise<void> {
  await readJobs();
  for (let job = nextJob(); job !== undefined && !isHeld(); job = nextJob()) await make(engine, job);
}

async function make(engine: Engine, job: Job): Promise<void> {
  if (!(await isStillWanted(job.id))) {
    await readJobs();
    return;
  }
  queueStore.setState({ running: job.id });
  const outcome = await generate(engine, job);
  queueStore.setState({ running: null });
  if (outcome.kind === 'failed') await fail(job, outcome.error);
  else if (outcome.kind !== 'refused') await removeJobs([job.id]);
}

async function fail({ id }: Job, { message }: ErrorData): Promise<void> {
  queueStore.setState({ isPaused: true });
  await markFailed(id, message);
}

/** Goes on after a failure. */
export function resumeQueue(): void {
  queueStore.setState({ isPaused: false });
}
