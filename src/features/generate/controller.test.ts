import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { GenerateEvent } from '../../../workers/api.ts';
import { composeStore, setCaption } from '../compose/compose-store.ts';
import { embeddingStore } from '../compose/embeddings.ts';
import { keepSubject } from '../compose/subject-library.ts';
import { galleryStore } from '../gallery/gallery-store.ts';
import { readRecipe } from '../gallery/metadata.ts';
import { engineStore } from '../models/engine-store.ts';
import { firstChoice } from '../models/model-choice.ts';
import { defaultSettings, setSettings, settingsStore } from '../settings/settings.ts';
import { cancel, followGuidance, generate, runsWaitFor, runStore } from './controller.ts';
import { done, FakeEngine, pixels, summary } from './fake-engine.ts';

/** Lets everything that waits on settled promises run, however long the chain. */
async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

const step = (alpha: number): GenerateEvent => ({
  type: 'step',
  picture: 0,
  step: 1,
  steps: 50,
  timestep: 1,
  guidance: { alpha, guidanceScale: 7.5 },
  preview: pixels,
});
const picture = (index: number, seed: number): GenerateEvent => ({
  type: 'picture',
  picture: { index, seed, pixels, flagged: null },
});

let engine: FakeEngine;

beforeEach(() => {
  vi.useFakeTimers();
  engine = new FakeEngine();
  composeStore.setState({ caption: '', pins: [], parked: [] });
  setCaption('a dog on the beach');
  settingsStore.setState(defaultSettings);
  galleryStore.setState({ pictures: [], selected: null, revealed: new Set() });
  engineStore.setState({ device: null, choice: firstChoice, model: { kind: 'none' } });
  runStore.setState({ run: { kind: 'idle' } });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a press before the first example is filled in', () => {
  let fillIn: () => void = () => undefined;

  beforeEach(() => {
    setCaption('');
    runsWaitFor(
      new Promise<void>((resolve) => {
        fillIn = () => {
          setCaption('a cat on a mat');
          setSettings({ steps: 3 });
          resolve();
        };
      }),
    );
  });

  afterEach(() => {
    runsWaitFor(Promise.resolve());
  });

  it('makes the example', async () => {
    const outcome = generate(engine);
    await settle();
    expect(runStore.getState().run).toMatchObject({ kind: 'running' });
    expect(engine.requests).toEqual([]);
    fillIn();
    await settle();
    expect(engine.requests).toMatchObject([{ caption: 'a cat on a mat', steps: 3 }]);
    expect(runStore.getState().run).toMatchObject({ kind: 'running', steps: 3 });
    engine.finish({ ok: true, value: done });
    await vi.runAllTimersAsync();
    expect(await outcome).toEqual({ kind: 'done' });
  });

  it('can be cancelled, and then loads no model', async () => {
    let loads = 0;
    engine.loadModel = () => {
      loads += 1;
      return Promise.resolve({ ok: true, value: summary });
    };
    const outcome = generate(engine);
    cancel(engine);
    fillIn();
    expect(await outcome).toEqual({ kind: 'cancelled' });
    expect(loads).toBe(0);
  });
});

describe('generate', () => {
  it('loads the model, sends the request and keeps the picture with its recipe inside', async () => {
    setSettings({ seed: 5, width: 100 });
    const outcome = generate(engine);
    await settle();
    expect(engine.requests).toMatchObject([
      { caption: 'a dog on the beach', seed: 5, width: 104, height: 128, count: 1 },
    ]);
    engine.emit(step(0.25));
    engine.emit(picture(0, 5));
    engine.finish({ ok: true, value: { ...done, pictures: 1 } });
    expect(await outcome).toEqual({ kind: 'done' });
    const [record] = galleryStore.getState().pictures;
    expect(record?.id).toBe(galleryStore.getState().selected);
    expect(record?.recipe).toMatchObject({
      settings: { seed: 5, alpha: 0.25, width: 104, height: 128 },
      model: { name: 'Picture book' },
    });
    expect(readRecipe(engine.written[0] ?? [])).toEqual(record?.recipe);
    expect(runStore.getState().run).toMatchObject({ kind: 'done', summary: { pictures: 1 } });
  });

  it('sends the embeddings that caption and negative prompt name, and keeps them in the recipe', async () => {
    const toy = {
      id: await keepSubject(new Blob(['toy'])),
      name: 'toy.pt',
      trigger: 'toy',
      vectors: 2,
      dimension: summary.embeddingDimension,
    };
    embeddingStore.setState({
      embeddings: [toy, { ...toy, trigger: 'unused' }, { ...toy, trigger: 'wide', dimension: 768 }],
    });
    engine.tokenize = (text, embeddings) => {
      const word = {
        text,
        positions: [],
        tokenCount: 1,
        cutOff: false,
        embeddings: text.includes('toy') ? embeddings.filter(({ trigger }) => trigger !== 'unused') : [],
      };
      return Promise.resolve({ ok: true, value: { words: [word], tokenCount: 3, limit: 77 } });
    };
    setSettings({ negativePrompt: 'toy' });
    const outcome = generate(engine);
    await settle();
    expect(engine.requests[0]?.embeddings.map(({ trigger, file }) => [trigger, file.name])).toEqual([
      ['toy', 'toy.pt'],
    ]);
    engine.emit(picture(0, 5));
    engine.finish({ ok: true, value: { ...done, pictures: 1 } });
    await outcome;
    embeddingStore.setState({ embeddings: [] });
    expect(galleryStore.getState().pictures[0]?.recipe.embeddings).toEqual([toy]);
  });

  it('pressed twice makes one run', async () => {
    const first = generate(engine);
    expect(await generate(engine)).toEqual({ kind: 'refused' });
    await settle();
    engine.finish({ ok: true, value: done });
    await first;
    expect(engine.requests).toHaveLength(1);
  });

  it('refuses an empty caption without asking the engine', async () => {
    setCaption('  ');
    expect(await generate(engine)).toMatchObject({ kind: 'failed', error: { code: 'empty-caption' } });
    expect(engine.requests).toHaveLength(0);
  });

  it('leaves the picture on the stage where it fails and made none', async () => {
    galleryStore.setState({ selected: 'earlier' });
    setCaption('');
    await generate(engine);
    expect(galleryStore.getState().selected).toBe('earlier');
  });

  it('draws a new seed after a run, unless the seed is locked', async () => {
    for (const seedLocked of [true, false]) {
      setSettings({ seed: 5, seedLocked });
      const outcome = generate(engine);
      await settle();
      engine.finish({ ok: true, value: done });
      await outcome;
      expect(settingsStore.getState().seed === 5).toBe(seedLocked);
    }
  });

  it('gives each of several pictures its own seed, and wraps past the largest', async () => {
    setSettings({ seed: 0xffffffff, count: 2 });
    const outcome = generate(engine);
    await settle();
    engine.emit(picture(0, 0xffffffff));
    engine.emit(picture(1, 0x100000000));
    engine.finish({ ok: true, value: { ...done, pictures: 2 } });
    await outcome;
    expect(galleryStore.getState().pictures.map(({ recipe }) => recipe.settings.seed)).toEqual([0, 0xffffffff]);
  });

  it('waits for a picture that comes after the end of its run', async () => {
    const outcome = generate(engine);
    await settle();
    engine.finish({ ok: true, value: { ...done, pictures: 1 } });
    await settle();
    engine.emit(picture(0, 5));
    await outcome;
    expect(galleryStore.getState().pictures).toHaveLength(1);
    expect(galleryStore.getState().selected).toBe(galleryStore.getState().pictures[0]?.id);
  });

  it('keeps a picture whose worker died while it was written', async () => {
    engine.pngFailures = 1;
    const outcome = generate(engine);
    await settle();
    engine.emit(picture(0, 5));
    engine.finish({ ok: false, error: { code: 'device-lost', message: 'lost' } });
    expect(await outcome).toMatchObject({ kind: 'failed', error: { code: 'device-lost' } });
    expect(galleryStore.getState().pictures).toHaveLength(1);
  });

  it('fails where a picture cannot be written, keeps the others, and can be pressed again', async () => {
    // Both tries of the first picture; node has no OffscreenCanvas to write it without the engine.
    engine.pngFailures = 2;
    setSettings({ count: 2 });
    const outcome = generate(engine);
    await settle();
    engine.emit(picture(0, 5));
    await settle();
    engine.emit(picture(1, 6));
    engine.finish({ ok: true, value: { ...done, pictures: 2 } });
    expect(await outcome).toMatchObject({
      kind: 'failed',
      error: { code: 'internal', message: expect.stringContaining('OffscreenCanvas') as string },
    });
    expect(galleryStore.getState().pictures.map(({ recipe }) => recipe.settings.seed)).toEqual([6]);
    expect(runStore.getState().run).toMatchObject({ kind: 'failed' });
    const again = generate(engine);
    await settle();
    engine.finish({ ok: true, value: done });
    expect(await again).toEqual({ kind: 'done' });
  });

  it('sends α to a picture that forms, and only then', async () => {
    followGuidance(engine);
    setSettings({ alpha: 0.1 });
    const outcome = generate(engine);
    await settle();
    setSettings({ alpha: 0.9 });
    await settle();
    engine.finish({ ok: true, value: done });
    await outcome;
    setSettings({ alpha: 0.3 });
    await settle();
    expect(engine.guidance).toEqual([0.9]);
  });
});

describe('cancel', () => {
  it('stops while the model loads', async () => {
    engine.waitsForLoad = true;
    const outcome = generate(engine);
    await settle();
    cancel(engine);
    expect(await outcome).toEqual({ kind: 'cancelled' });
    expect(engine.requests).toHaveLength(0);
    expect(engineStore.getState().model.kind).toBe('none');
  });

  it('does not begin to generate when the model is ready just then', async () => {
    engine.waitsForLoad = true;
    engine.hangs = true;
    const outcome = generate(engine);
    await settle();
    cancel(engine);
    engine.finishLoad?.({ ok: true, value: summary });
    expect(await outcome).toEqual({ kind: 'cancelled' });
    expect(engine.requests).toHaveLength(0);
  });

  it('stops while the picture forms, and puts back the picture that was on the stage', async () => {
    galleryStore.setState({ selected: 'earlier' });
    const outcome = generate(engine);
    await settle();
    engine.emit(step(0.5));
    expect(galleryStore.getState().selected).toBeNull();
    cancel(engine);
    expect(await outcome).toEqual({ kind: 'cancelled' });
    expect(galleryStore.getState().selected).toBe('earlier');
    expect(engine.terminations).toHaveLength(0);
  });

  it('pressed again ends the worker', async () => {
    engine.hangs = true;
    const outcome = generate(engine);
    await settle();
    cancel(engine);
    cancel(engine);
    expect(await outcome).toEqual({ kind: 'cancelled' });
    expect(engine.cancels).toBe(1);
    expect(engine.terminations).toMatchObject([{ code: 'cancelled' }]);
  });

  it('ends a worker that hangs', async () => {
    engine.hangs = true;
    const outcome = generate(engine);
    await settle();
    cancel(engine);
    await vi.advanceTimersByTimeAsync(11_000);
    expect(await outcome).toEqual({ kind: 'cancelled' });
    expect(engine.terminations).toHaveLength(1);
  });

  it('gives the worker its full time in each run', async () => {
    const first = generate(engine);
    await settle();
    cancel(engine);
    await first;
    await vi.advanceTimersByTimeAsync(8000);
    engine.hangs = true;
    const second = generate(engine);
    await settle();
    cancel(engine);
    await vi.advanceTimersByTimeAsync(4000);
    expect(engine.terminations).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(7000);
    expect(await second).toEqual({ kind: 'cancelled' });
    expect(engine.terminations).toHaveLength(1);
  });

  it('forgets its deadline when the run breaks off, so that the next run has a full one', async () => {
    engine.pngFailures = 2;
    const broken = generate(engine);
    await settle();
    engine.emit(picture(0, 5));
    cancel(engine);
    expect(await broken).toMatchObject({ kind: 'failed' });
    expect(vi.getTimerCount()).toBe(0);
  });

  it('does nothing where nothing runs', () => {
    cancel(engine);
    expect(engine.cancels).toBe(0);
  });
});
