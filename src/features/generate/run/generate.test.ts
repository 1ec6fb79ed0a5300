import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { setCaption } from '../../compose/draft/compose-store.ts';
import { embeddingStore } from '../../compose/embeddings/embeddings.ts';
import { keepSubject } from '../../compose/pins/subject-library.ts';
import { galleryStore } from '../../gallery/gallery-store.ts';
import { readRecipe } from '../../gallery/metadata.ts';
import { setSettings, settingsStore } from '../../settings/settings.ts';
import { cancel, followGuidance, generate, delayRunsUntil, runStore } from './controller.ts';
import { done } from './fake-engine.ts';
import { summary } from '../../models/loading/load-fixture.ts';
import type { FakeEngine } from './fake-engine.ts';
import { freshPage, picture, settle, step } from './run-fixture.ts';

const current = freshPage();
let engine: FakeEngine;

beforeEach(() => {
  engine = current();
});

describe('a press before the first example is filled in', () => {
  let fillIn: () => void = () => undefined;

  beforeEach(() => {
    setCaption('');
    delayRunsUntil(
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
    delayRunsUntil(Promise.resolve());
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
      error: {
        code: 'internal',
        message: expect.stringContaining('unexpected') as string,
        details: expect.stringContaining('OffscreenCanvas') as string,
      },
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
