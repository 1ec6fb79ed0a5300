import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryStore } from '../../../storage/keyed-store.ts';
import { setCaption } from '../../compose/draft/compose-store.ts';
import { keepSubject } from '../../compose/pins/subject-library.ts';
import { galleryStore } from '../../gallery/gallery-store.ts';
import type { PictureRecord } from '../../gallery/picture-record.ts';
import { setStart, startStore } from '../../start/start-store.ts';
import { defaultSettings, settingsStore } from '../../settings/settings.ts';
import { generate, runStore } from '../run/controller.ts';
import { done } from '../run/fake-engine.ts';
import { summary } from '../../models/loading/load-fixture.ts';
import { factorOfLarger, makeLarger, makeOthers, startFrom } from './follow-ups.ts';
import { startQueue } from '../queue/queue.ts';
import { openQueue, queueStore } from '../queue/queue-store.ts';
import { freshPage, picture, settle } from '../run/run-fixture.ts';

const record: PictureRecord = {
  id: 'r',
  createdAt: 1,
  png: new Blob(['png']),
  width: 128,
  height: 192,
  flagged: null,
  comparison: null,
  isStarred: false,
  recipe: {
    compose: { caption: 'a cat', pins: [] },
    embeddings: [],
    settings: { ...defaultSettings, width: 128, height: 192, seed: 3, seedLocked: true },
    guidanceMoved: false,
    model: { id: summary.id, name: summary.name },
  },
};

const engineNow = freshPage();
let engine: ReturnType<typeof engineNow>;
beforeEach(async () => {
  engine = engineNow();
  setStart(null);
  queueStore.setState({ jobs: [], running: null, isPaused: false });
  await openQueue(new MemoryStore(), null);
  startQueue(engine, null);
});

describe('what follows from a finished picture', () => {
  it('is a larger one with what it was made of, and the form stays as it is', async () => {
    const before = settingsStore.getState();
    const run = makeLarger(engine, record, summary);
    await settle();
    expect(engine.requests).toMatchObject([
      { caption: 'a cat', seed: 3, width: 256, height: 384, strength: 0.5, start: { hash: '0', mask: null } },
    ]);
    engine.emit(picture(0, 3));
    engine.finish({ ok: true, value: { ...done, pictures: 1 } });
    await run;
    await settle();
    expect(settingsStore.getState()).toEqual(before);
    expect(startStore.getState().start).toBeNull();
    expect(galleryStore.getState().pictures[0]?.recipe).toMatchObject({
      settings: { width: 256, strength: 0.5 },
      start: { picture: { id: '0', name: 'pinword-a-cat-3.png' } },
    });
  });

  it('is none where pictures cannot be larger', () => {
    expect(factorOfLarger({ ...record, width: 1024 }, summary)).toBeNull();
    expect(factorOfLarger(record, summary)).toBe(2);
  });

  it('are four others of the same seed with a little of other noise', async () => {
    const run = makeOthers(record);
    await settle();
    expect(engine.requests).toMatchObject([{ caption: 'a cat', seed: 3, variation: 0.25, count: 4 }]);
    engine.finish({ ok: true, value: { ...done, pictures: 0 } });
    await settle();
    runStore.setState({ run: { kind: 'idle' } });
    await run;
  });

  it('can be that runs start from it, in its size', async () => {
    await startFrom(engine, record);
    expect(startStore.getState().start).toMatchObject({ picture: { id: '0' }, mask: null });
  });
});

describe('a run that starts from a picture', () => {
  it('sends picture and mask, and its recipe names both', async () => {
    const start = {
      picture: { id: await keepSubject(new Blob(['photo'])), name: 'rex.png', width: 9, height: 9 },
      mask: { id: await keepSubject(new Blob(['mask'])) },
    };
    setStart(start);
    const run = generate(engine);
    await settle();
    expect(engine.requests).toMatchObject([{ strength: 0.75, start: { hash: start.picture.id } }]);
    expect(await engine.requests[0]?.start?.mask?.text()).toBe('mask');
    engine.emit(picture(0, 5));
    engine.finish({ ok: true, value: { ...done, pictures: 1 } });
    await run;
    expect(galleryStore.getState().pictures[0]?.recipe.start).toEqual(start);
  });

  it('whose picture is gone fails with a sentence, and asks nothing of the engine', async () => {
    setCaption('a dog');
    setStart({ picture: { id: 'gone', name: 'rex.png', width: 9, height: 9 }, mask: null });
    expect(await generate(engine)).toMatchObject({ kind: 'failed', error: { code: 'file-not-found' } });
    expect(engine.requests).toEqual([]);
  });
});
