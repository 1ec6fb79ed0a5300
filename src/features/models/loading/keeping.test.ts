import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { LoadModelRequest, ModelSummary, Result } from '../../../../workers/api.ts';
import { chooseModel, loadIntoMemory } from './choose-model.ts';
import { engineStore } from './engine-store.ts';
import { ensureModel } from './load-model.ts';
import { firstChoice } from '../choice/model-choice.ts';

const full: Result<ModelSummary> = {
  ok: false,
  error: { code: 'storage-quota', message: 'Storing a/b needs 2.60 GB.' },
};
const remote = { kind: 'url', baseUrl: 'https://example.org/m/' } as const;
/** What happened, in order: questions to the browser, and loads with whether they store. */
let events: string[] = [];

const engine = {
  probe: () =>
    Promise.resolve({
      ok: true as const,
      value: {
        webgpu: { adapter: 'x', shaderF16: false, software: false, maxBufferSize: 1 },
        reason: null,
        storage: null,
      },
    }),
  loadModel: ({ source, keep }: LoadModelRequest) => {
    events.push(`load ${source.kind}${keep ? ', stored' : ''}`);
    return Promise.resolve(full);
  },
  terminate: () => undefined,
};

function browserThat(answer: () => Promise<boolean>): void {
  const persist = () => {
    events.push('asked to keep the storage');
    return answer();
  };
  vi.stubGlobal('navigator', { storage: { persist } });
}

beforeEach(() => {
  events = [];
  engineStore.setState({ device: null, choice: firstChoice, model: { kind: 'none' }, inMemory: false });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

describe('the browser', () => {
  it.each([
    ['agrees', () => Promise.resolve(true)],
    ['refuses', () => Promise.resolve(false)],
    ['fails', () => Promise.reject(new TypeError('no'))],
    ['never answers', () => new Promise<boolean>(() => undefined)],
  ])('is asked to keep the storage before a download begins, which goes on when it %s', async (_, answer) => {
    browserThat(answer);
    chooseModel(engine, { source: remote });
    await ensureModel(engine);
    expect(events).toEqual(['asked to keep the storage', 'load url, stored']);
  });

  it('is not asked for what is not stored', async () => {
    browserThat(() => Promise.resolve(true));
    await ensureModel(engine);
    chooseModel(engine, { source: remote, keep: false });
    await ensureModel(engine);
    expect(events).toEqual(['load embedded, stored', 'load url']);
  });
});

describe('a model that does not fit into the storage', () => {
  it('can be loaded into memory this time; the setting and the next model are stored as before', async () => {
    browserThat(() => Promise.resolve(true));
    chooseModel(engine, { source: remote });
    await ensureModel(engine);
    loadIntoMemory();
    await ensureModel(engine);
    chooseModel(engine, { plan: { ...firstChoice.plan, precision: 'f32' } });
    await ensureModel(engine);
    expect(engineStore.getState().choice.keep).toBe(true);
    chooseModel(engine, { source: { ...remote, baseUrl: 'https://example.org/other/' } });
    await ensureModel(engine);
    expect(events.filter((event) => event.startsWith('load'))).toEqual([
      'load url, stored',
      'load url',
      'load url',
      'load url, stored',
    ]);
  });
});
