import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ErrorData } from '../../../../workers/api.ts';
import { engineStore, forgetModel } from '../../models/loading/engine-store.ts';
import { setSettings } from '../../settings/settings.ts';
import { cancel, followGuidance, generate, runStore } from './controller.ts';
import { done } from './fake-engine.ts';
import { summary } from '../../models/loading/load-fixture.ts';
import type { FakeEngine } from './fake-engine.ts';
import { freshPage, settle, step } from './run-fixture.ts';

const current = freshPage();
let engine: FakeEngine;

beforeEach(() => {
  engine = current();
});

describe('a storm of clicks', () => {
  it('on Generate is one run', async () => {
    const outcomes = Array.from({ length: 1000 }, () => generate(engine));
    await settle();
    expect(engine.requests).toHaveLength(1);
    engine.finish({ ok: true, value: done });
    const kinds = (await Promise.all(outcomes)).map(({ kind }) => kind);
    expect(kinds.filter((kind) => kind === 'done')).toHaveLength(1);
    expect(kinds.filter((kind) => kind === 'refused')).toHaveLength(999);
  });

  it('on Generate and Cancel by turns ends each run, leaves no timer, and the next run is made', async () => {
    for (let turn = 0; turn < 200; turn++) {
      const outcome = generate(engine);
      for (let wait = turn % 3; wait > 0; wait--) await settle();
      cancel(engine);
      cancel(engine);
      await settle();
      expect((await outcome).kind).toBe('cancelled');
    }
    expect(vi.getTimerCount()).toBe(0);
    const last = generate(engine);
    await settle();
    engine.finish({ ok: true, value: done });
    expect((await last).kind).toBe('done');
    expect(runStore.getState().run.kind).toBe('done');
  });
});

it('a storm of α sends one value at a time, and the last one last', async () => {
  const answers: (() => void)[] = [];
  const sent: number[] = [];
  followGuidance({
    setGuidance: ({ alpha }) => {
      sent.push(alpha);
      return new Promise((resolve) => answers.push(resolve));
    },
  });
  const outcome = generate(engine);
  await settle();
  engine.emit(step(0));
  for (let move = 1; move <= 10_000; move++) setSettings({ alpha: (move % 1000) / 1000 });
  setSettings({ alpha: 0.123 });
  expect(sent).toHaveLength(1);
  answers.shift()?.();
  await settle();
  expect(sent).toHaveLength(2);
  expect(sent.at(-1)).toBe(0.123);
  engine.finish({ ok: true, value: done });
  await outcome;
});

describe('the engine that ends again and again', () => {
  const ends: readonly ErrorData[] = [
    { code: 'device-lost', message: 'The graphics processor was reset.' },
    { code: 'device-lost', message: 'The graphics processor was reset.' },
    { code: 'engine-silent', message: 'The engine said nothing.' },
    { code: 'device-lost', message: 'The graphics processor was reset.' },
  ];

  it('is said each time; trying again loads the model anew and makes the picture', async () => {
    const load = vi.spyOn(engine, 'loadModel');
    for (const [times, error] of ends.entries()) {
      const outcome = generate(engine);
      await settle();
      expect(engine.requests).toHaveLength(times + 1);
      if (times % 2 === 0) engine.emit(step(0.5));
      engine.finish({ ok: false, error });
      forgetModel();
      expect(await outcome).toEqual({ kind: 'failed', error });
      expect(engineStore.getState().model.kind).toBe('none');
    }
    const last = generate(engine);
    await settle();
    engine.finish({ ok: true, value: done });
    expect(await last).toEqual({ kind: 'done' });
    expect(load).toHaveBeenCalledTimes(ends.length + 1);
    expect(engineStore.getState().model).toEqual({ kind: 'ready', summary });
  });

  it('while the model loads too', async () => {
    engine.waitsForLoad = true;
    for (const error of ends) {
      const outcome = generate(engine);
      await settle();
      engine.finishLoad?.({ ok: false, error });
      expect(await outcome).toEqual({ kind: 'failed', error });
    }
    engine.waitsForLoad = false;
    const last = generate(engine);
    await settle();
    engine.finish({ ok: true, value: done });
    expect(await last).toEqual({ kind: 'done' });
  });
});
