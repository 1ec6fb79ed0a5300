import { beforeEach, describe, expect, it, vi } from 'vitest';
import { galleryStore } from '../../gallery/gallery-store.ts';
import { engineStore } from '../../models/loading/engine-store.ts';
import { cancel, generate } from './controller.ts';
import { summary } from '../../models/loading/load-fixture.ts';
import type { FakeEngine } from './fake-engine.ts';
import { freshPage, picture, settle, step } from './run-fixture.ts';

const current = freshPage();
let engine: FakeEngine;

beforeEach(() => {
  engine = current();
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
