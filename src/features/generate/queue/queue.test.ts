import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { MemoryStore } from '../../../storage/keyed-store.ts';
import { currentComposition, setCaption } from '../../compose/draft/compose-store.ts';
import { galleryStore } from '../../gallery/gallery-store.ts';
import { engineStore } from '../../models/loading/engine-store.ts';
import { setSettings, settingsStore } from '../../settings/settings.ts';
import { cancel, followGuidance, runStore } from '../run/controller.ts';
import { done } from '../run/fake-engine.ts';
import { summary } from '../../models/loading/load-fixture.ts';
import type { FakeEngine } from '../run/fake-engine.ts';
import { endText } from '../bar/notify.ts';
import { enqueue, requestPicture, resumeQueue, startQueue } from './queue.ts';
import { isStillWanted, moveJob, openQueue, queueStore, readJobs, removeJobs } from './queue-store.ts';
import { freshPage, picture, settle } from '../run/run-fixture.ts';

vi.stubGlobal('document', { baseURI: 'https://example.org/' });

const current = freshPage();
let engine: FakeEngine;
let store: MemoryStore;
const captions = () => queueStore.getState().jobs.map(({ compose }) => compose.caption);
const asked = () => engine.requests.map(({ caption }) => caption);

async function press(caption: string): Promise<void> {
  setCaption(caption);
  void requestPicture(engine);
  await settle();
}

async function finish(): Promise<void> {
  engine.emit(picture(0, 5));
  engine.finish({ ok: true, value: { ...done, pictures: 1 } });
  await settle();
}

beforeEach(async () => {
  engine = current();
  store = new MemoryStore();
  queueStore.setState({ jobs: [], running: null, isPaused: false });
  await openQueue(store, null);
  startQueue(engine, null);
});

afterEach(async () => {
  // A run that was left at its gate would be in the way of the next test.
  queueStore.setState({ isPaused: true });
  // Also those that this tab alone knows.
  await removeJobs(queueStore.getState().jobs.map(({ id }) => id));
  engine.finish({ ok: false, error: { code: 'cancelled', message: '' } });
  await settle();
});

describe('Generate while a picture forms', () => {
  it('waits, and is made as the page was then', async () => {
    setSettings({ seed: 5, alpha: 0.2 });
    await press('first');
    await press('second');
    setSettings({ alpha: 0.9 });
    setCaption('something else');
    expect(captions()).toEqual(['second']);
    await finish();
    expect(engine.requests).toMatchObject([{ caption: 'first' }, { caption: 'second', alpha: 0.2 }]);
    followGuidance(engine);
    setSettings({ alpha: 0.4 });
    await settle();
    expect(engine.guidance).toEqual([]);
    await finish();
    expect(queueStore.getState()).toMatchObject({ jobs: [], running: null });
    expect(galleryStore.getState().pictures.map(({ recipe }) => recipe.compose.caption)).toEqual(['second', 'first']);
  });

  it('takes another seed, unless the seed is kept', async () => {
    await press('first');
    setSettings({ seed: 5, seedLocked: true });
    await press('second');
    expect(settingsStore.getState().seed).toBe(5);
    setSettings({ seedLocked: false });
    await press('third');
    expect(settingsStore.getState().seed).not.toBe(5);
  });

  it('goes on with the next after Cancel', async () => {
    await press('first');
    await press('second');
    cancel(engine);
    await settle();
    expect(asked()).toEqual(['first', 'second']);
  });

  it('stops after a failure, keeps what failed with its reason, and goes on when told', async () => {
    await press('first');
    await press('second');
    await press('third');
    await finish();
    engine.finish({ ok: false, error: { code: 'out-of-memory', message: 'Too large.' } });
    await settle();
    expect(asked()).toEqual(['first', 'second']);
    expect(queueStore.getState()).toMatchObject({
      isPaused: true,
      jobs: [{ problem: 'Too large.' }, { problem: null }],
    });
    resumeQueue();
    await settle();
    expect(asked()).toEqual(['first', 'second', 'second']);
  });

  it('takes no empty caption', async () => {
    await press('first');
    await press('');
    expect(captions()).toEqual([]);
  });
});

it('several that are asked for at once are all made', async () => {
  engineStore.setState({ model: { kind: 'ready', summary } });
  const put = store.put.bind(store);
  store.put = async (...entry) => {
    // A storage that takes its time.
    await settle();
    await put(...entry);
  };
  setCaption('several');
  const order = { compose: currentComposition(), settings: settingsStore.getState(), comparison: null };
  void enqueue([order, order, order]);
  for (let made = 1; made <= 3; made++) {
    await settle();
    await settle();
    expect(engine.requests).toHaveLength(made);
    await finish();
  }
  expect(captions()).toEqual([]);
});

describe('what waits', () => {
  beforeEach(async () => {
    await press('first');
    for (const caption of ['a', 'b', 'c']) await press(caption);
  });

  it('can be moved and taken out', async () => {
    const [a, b, c] = queueStore.getState().jobs;
    await moveJob(c?.id ?? '', -1);
    expect(captions()).toEqual(['a', 'c', 'b']);
    await moveJob(a?.id ?? '', 1);
    expect(captions()).toEqual(['c', 'a', 'b']);
    await moveJob(b?.id ?? '', 1);
    await removeJobs([a?.id ?? '']);
    expect(captions()).toEqual(['c', 'b']);
  });

  it('is there after a reload in its order, and goes on once its model is there', async () => {
    await moveJob(queueStore.getState().jobs[2]?.id ?? '', -1);
    // A reload: what the page knows is gone, and no run is there.
    engine.finish({ ok: false, error: { code: 'cancelled', message: '' } });
    queueStore.setState({ jobs: [], isPaused: true });
    engineStore.setState({ model: { kind: 'none' } });
    await settle();
    await openQueue(store, null);
    expect(captions()).toEqual(['a', 'c', 'b']);
    const before = engine.requests.length;
    queueStore.setState({ isPaused: false });
    await settle();
    expect(engine.requests).toHaveLength(before);
    engineStore.setState({ model: { kind: 'ready', summary } });
    await settle();
    expect(asked().at(-1)).toBe('a');
  });

  it('waits for the model that it was asked of', async () => {
    engineStore.setState({ model: { kind: 'ready', summary: { ...summary, id: 'another' } } });
    const before = engine.requests.length;
    await finish();
    expect(engine.requests).toHaveLength(before);
    expect(captions()).toEqual(['a', 'b', 'c']);
  });

  it('is not made again where another tab has made it', async () => {
    const [first] = queueStore.getState().jobs;
    await store.delete('jobs', first?.id ?? '');
    expect(await isStillWanted(first?.id ?? '')).toBe(false);
    await finish();
    expect(asked()).toEqual(['first', 'b']);
  });

  it('is known to this tab where the storage is full', async () => {
    store.put = () => Promise.reject(new DOMException('full', 'QuotaExceededError'));
    await press('d');
    await readJobs();
    expect(captions()).toEqual(['a', 'b', 'c', 'd']);
    expect(await isStillWanted(queueStore.getState().jobs[3]?.id ?? '')).toBe(true);
  });
});

it('what is said when all is done', () => {
  const one = { kind: 'done', summary: { ...done, pictures: 1 }, notices: [] } as const;
  expect([
    endText(one, 0),
    endText(one, 2),
    endText({ kind: 'cancelled' }, 0),
    endText(runStore.getState().run, 0),
  ]).toEqual(['The picture is done', null, null, null]);
  expect(endText({ kind: 'failed', error: { code: 'internal', message: '' } }, 2)).toBe(
    'The picture could not be made',
  );
});
