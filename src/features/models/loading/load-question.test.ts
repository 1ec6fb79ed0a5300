import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Consent, LoadModelRequest, ModelSummary, Result } from '../../../../workers/api.ts';
import { firstChoice } from '../choice/model-choice.ts';
import { choiceToKeep, chooseModel, tryModel } from './choose-model.ts';
import { engineStore, forgetModel } from './engine-store.ts';
import { fakeEngine, freshLoad, gpu, succeed, summary } from './load-fixture.ts';
import { answerCost, ensureModel, ensureReader } from './load-model.ts';

beforeEach(() => {
  vi.stubGlobal('navigator', {});
  freshLoad();
});
afterEach(() => {
  vi.unstubAllGlobals();
});

describe('a model that costs much', () => {
  const cost = { downloadBytes: 2e9, plan: '16-bit', predictedBytes: 3e9, budgetBytes: 8e9 };
  /** Asks, and succeeds where the answer is yes. */
  function costlyEngine() {
    let loads = 0;
    const loadModel = async (
      request: LoadModelRequest,
      _: unknown,
      consent: Consent,
    ): Promise<Result<ModelSummary>> => {
      loads += 1;
      return (await consent(cost)) ? succeed(request) : { ok: false, error: { code: 'cancelled', message: '' } };
    };
    return { ...fakeEngine(gpu, succeed), loadModel, loads: () => loads };
  }
  const asked = (): Promise<void> =>
    vi.waitUntil(() => engineStore.getState().model.kind === 'asking').then(() => undefined);

  it('waits for the answer, and loads after a yes', async () => {
    const wanted = ensureModel(costlyEngine());
    await asked();
    expect(engineStore.getState().model).toEqual({ kind: 'asking', cost });
    answerCost(true);
    expect(engineStore.getState().model).toMatchObject({ kind: 'loading', cost });
    expect((await wanted).ok).toBe(true);
  });

  it('is not loaded after a no, and asks again when it is wanted again', async () => {
    const engine = costlyEngine();
    const wanted = ensureModel(engine);
    await asked();
    answerCost(false);
    expect(await wanted).toMatchObject({ ok: false, error: { code: 'cancelled' } });
    expect(engineStore.getState().model).toEqual({ kind: 'none' });
    const again = ensureModel(engine);
    await asked();
    answerCost(true);
    expect((await again).ok).toBe(true);
  });

  it('asks of a model that a link named, however little it costs, and a no brings the old one back', async () => {
    const sources: string[] = [];
    const engine = {
      ...fakeEngine(gpu, succeed),
      loadModel: async (request: LoadModelRequest, _: unknown, consent: Consent): Promise<Result<ModelSummary>> => {
        sources.push(request.source.kind);
        const agreed = await consent({ ...cost, downloadBytes: 1000, predictedBytes: 1000 });
        return agreed ? succeed(request) : { ok: false, error: { code: 'cancelled', message: '' } };
      },
    };
    const linked = { kind: 'url', baseUrl: 'https://example.org/m/' } as const;
    tryModel(engine, linked);
    const refused = ensureModel(engine);
    await asked();
    expect(choiceToKeep(engineStore.getState()).source.kind).toBe('embedded');
    answerCost(false);
    expect((await refused).ok).toBe(true);
    expect(engineStore.getState()).toMatchObject({ choice: { source: { kind: 'embedded' } }, settled: null });

    tryModel(engine, linked);
    const agreed = ensureModel(engine);
    await asked();
    answerCost(true);
    expect((await agreed).ok).toBe(true);
    expect(choiceToKeep(engineStore.getState()).source).toEqual(linked);
    expect(sources.at(-1)).toBe('url');
  });

  it('asks once for a choice, and again for another one', async () => {
    const engine = costlyEngine();
    const wanted = ensureModel(engine);
    await asked();
    answerCost(true);
    await wanted;
    forgetModel();
    expect((await ensureModel(engine)).ok).toBe(true);
    chooseModel(engine, { provider: 'webgpu' });
    const other = ensureModel(engine);
    await asked();
    answerCost(true);
    expect((await other).ok).toBe(true);
    expect(engine.loads()).toBe(3);
  });
});

describe('a model that reads a picture', () => {
  const hub = { kind: 'hub', repo: 'a/b', revision: 'main', endpoint: 'https://hub.example.org' } as const;
  const cost = { downloadBytes: 137e6, plan: '16-bit', predictedBytes: 3e9, budgetBytes: 8e9 };
  /** Brings the encoder where it is asked for, after a yes; the model itself may ask too. */
  function readingEngine(tiny: ModelSummary['tinyAutoencoder'] = null, modelAsks = false) {
    const asked: boolean[] = [];
    const loadModel = async (
      request: LoadModelRequest,
      _: unknown,
      consent: Consent,
    ): Promise<Result<ModelSummary>> => {
      const hasVaeEncoder = request.withVaeEncoder === true;
      asked.push(hasVaeEncoder);
      if ((hasVaeEncoder || modelAsks) && !(await consent(cost)))
        return { ok: false, error: { code: 'cancelled', message: '' } };
      return { ok: true, value: { ...summary, hasVaeEncoder, tinyAutoencoder: tiny } };
    };
    return { ...fakeEngine(gpu, succeed), loadModel, asked };
  }
  const isAsked = (): Promise<boolean> => vi.waitUntil(() => engineStore.getState().model.kind === 'asking');
  const full = { readsByTiny: false } as const;
  beforeEach(() => {
    engineStore.setState({ choice: { ...firstChoice, source: hub } });
  });

  it('asks what its encoder costs, though the model was agreed to, and brings it once', async () => {
    const engine = readingEngine(null, true);
    const wanted = ensureReader(engine, full);
    await isAsked();
    answerCost(true);
    await vi.waitUntil(() => engine.asked.length === 2);
    await isAsked();
    expect(engineStore.getState().model).toEqual({ kind: 'asking', cost });
    answerCost(true);
    expect(await wanted).toMatchObject({ ok: true, value: { hasVaeEncoder: true } });
    await ensureReader(engine, full);
    expect(engine.asked).toEqual([false, true]);
  });

  it('is ready without it after a no', async () => {
    const engine = readingEngine();
    const wanted = ensureReader(engine, full);
    await isAsked();
    answerCost(false);
    expect(await wanted).toMatchObject({ ok: false, error: { code: 'cancelled' } });
    expect(engineStore.getState().model).toMatchObject({ kind: 'ready', summary: { hasVaeEncoder: false } });
    expect(engine.asked).toEqual([false, true, false]);
  });

  it('needs none where the tiny autoencoder reads, or the encoder lies at hand', async () => {
    const tiny = readingEngine({ name: 'taesd', encodes: true });
    expect((await ensureReader(tiny, { readsByTiny: true })).ok).toBe(true);
    expect(tiny.asked).toEqual([false]);
    engineStore.setState({ choice: firstChoice, model: { kind: 'none' } });
    const embedded = readingEngine();
    expect((await ensureReader(embedded, full)).ok).toBe(true);
    expect(embedded.asked).toEqual([false]);
  });
});
