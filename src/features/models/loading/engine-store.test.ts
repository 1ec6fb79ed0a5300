import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type {
  Consent,
  DeviceReport,
  LoadModelRequest,
  LoadProgress,
  ModelSummary,
  Result,
} from '../../../../workers/api.ts';
import { firstChoice } from '../choice/model-choice.ts';
import {
  answerCost,
  choiceToKeep,
  chooseModel,
  engineStore,
  ensureModel,
  ensureReader,
  forgetModel,
  lacksWebGpu,
  problemOf,
  providerOf,
  takesTiny,
  tryModel,
  usesStored,
} from './engine-store.ts';

const summary: ModelSummary = {
  id: 'embedded',
  name: 'Picture book',
  provider: 'wasm',
  precision: 'f32',
  nativeSize: 128,
  sizeMultiple: 8,
  predictionType: 'epsilon',
  embeddingDimension: 8,
  canPinPictures: true,
  look: null,
  takesTinyAutoencoder: false,
  tinyAutoencoder: null,
  canStartFromPictures: true,
  hasVaeEncoder: false,
  pictureEncoderDownload: 0,
  canCopyDetail: true,
  isForInpainting: false,
  judge: null,
  parts: ['UNet'],
  plan: '',
  bytesLoaded: 0,
  notices: [],
};
const noGpu: DeviceReport = { webgpu: null, reason: 'No WebGPU.', storage: null };
const gpu: DeviceReport = {
  ...noGpu,
  webgpu: { adapter: 'x', shaderF16: false, software: false, maxBufferSize: 1 },
  reason: null,
};

function fakeEngine(device: DeviceReport, answer: (request: LoadModelRequest) => Promise<Result<ModelSummary>>) {
  const requests: LoadModelRequest[] = [];
  return {
    requests,
    probe: () => Promise.resolve({ ok: true as const, value: device }),
    loadModel: (request: LoadModelRequest) => {
      requests.push(request);
      return answer(request);
    },
    terminate: () => undefined,
  };
}

const succeed = (request: LoadModelRequest): Promise<Result<ModelSummary>> =>
  Promise.resolve({ ok: true, value: { ...summary, provider: request.provider } });

beforeEach(() => {
  vi.stubGlobal('navigator', {});
  engineStore.setState({
    device: null,
    choice: { ...firstChoice },
    settled: null,
    model: { kind: 'none' },
    loraWeights: null,
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
});

describe('the model', () => {
  it('is loaded once, however many ask', async () => {
    const engine = fakeEngine(gpu, succeed);
    const [first, second] = await Promise.all([ensureModel(engine), ensureModel(engine)]);
    await ensureModel(engine);
    expect(first).toEqual(second);
    expect(engine.requests).toHaveLength(1);
    expect(engineStore.getState().model.kind).toBe('ready');
  });

  it('is loaded again after the worker has ended', async () => {
    const engine = fakeEngine(gpu, succeed);
    await ensureModel(engine);
    forgetModel();
    await ensureModel(engine);
    expect(engine.requests).toHaveLength(2);
  });

  it('does not fall back to the processor unasked', async () => {
    const engine = fakeEngine(noGpu, succeed);
    expect(await ensureModel(engine)).toMatchObject({ ok: false, error: { code: 'no-webgpu' } });
    expect(engine.requests).toHaveLength(0);
    expect(lacksWebGpu(engineStore.getState())).toBe(true);
    chooseModel(engine, { provider: 'wasm' });
    expect(await ensureModel(engine)).toMatchObject({ ok: true, value: { provider: 'wasm' } });
    expect(lacksWebGpu(engineStore.getState())).toBe(false);
  });

  it('that was chosen last is the one that is loaded', async () => {
    let finishFirst: (result: Result<ModelSummary>) => void = () => undefined;
    const engine = fakeEngine(gpu, (request) =>
      request.source.kind === 'embedded' ? new Promise((resolve) => (finishFirst = resolve)) : succeed(request),
    );
    const wanted = ensureModel(engine);
    await vi.waitFor(() => {
      expect(engine.requests).toHaveLength(1);
    });
    chooseModel(engine, { source: { kind: 'url', baseUrl: 'https://example.org/m/' } });
    finishFirst({ ok: false, error: { code: 'cancelled', message: '' } });
    expect((await wanted).ok).toBe(true);
    expect(engine.requests.map(({ source }) => source.kind)).toEqual(['embedded', 'url']);
  });

  it('is loaded also where the choice ended the worker that looked at the machine', async () => {
    let finishProbe: (report: Result<DeviceReport>) => void = () => undefined;
    const engine = fakeEngine(gpu, succeed);
    let probes = 0;
    const probe = (): Promise<Result<DeviceReport>> => {
      probes += 1;
      return probes === 1 ? new Promise((resolve) => (finishProbe = resolve)) : engine.probe();
    };
    const wanted = ensureModel({ ...engine, probe });
    chooseModel(engine, { source: { kind: 'url', baseUrl: 'https://example.org/m/' } });
    finishProbe({ ok: false, error: { code: 'cancelled', message: '' } });
    expect((await wanted).ok).toBe(true);
    expect(engineStore.getState().model.kind).toBe('ready');
    expect(engine.requests.map(({ source }) => source.kind)).toEqual(['url']);
  });

  it('keeps the error of a failed load and can be tried again', async () => {
    let fail = true;
    const engine = fakeEngine(gpu, (request) =>
      fail ? Promise.resolve({ ok: false, error: { code: 'http-status', message: '404' } }) : succeed(request),
    );
    await ensureModel(engine);
    expect(engineStore.getState().model).toMatchObject({ kind: 'failed', error: { code: 'http-status' } });
    fail = false;
    expect((await ensureModel(engine)).ok).toBe(true);
  });

  it('tells how far a download was that was stopped, and goes on with it', async () => {
    const progress = { phase: 'download', file: 'unet', bytes: 5, totalBytes: 9 } as const;
    let isFirst = true;
    const engine = {
      ...fakeEngine(gpu, succeed),
      loadModel: (
        request: LoadModelRequest,
        onProgress: (progress: LoadProgress) => void,
      ): Promise<Result<ModelSummary>> => {
        if (!isFirst) return succeed(request);
        isFirst = false;
        onProgress(progress);
        return Promise.resolve({ ok: false, error: { code: 'cancelled', message: '' } });
      },
    };
    await ensureModel(engine);
    expect(engineStore.getState().model).toEqual({ kind: 'none', paused: progress });
    await ensureModel(engine);
    expect(engineStore.getState().model.kind).toBe('ready');
  });

  describe('that costs much', () => {
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

  describe('that reads a picture', () => {
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

  it('tells what is wrong with a part at its own field alone', async () => {
    const error = { code: 'file-not-found', message: 'gone', about: 'lookImageEncoder' } as const;
    await ensureModel(fakeEngine(gpu, () => Promise.resolve({ ok: false, error })));
    const parts = ['ipAdapter', 'lookImageEncoder', 'tinyAutoencoder'] as const;
    expect(parts.map((part) => problemOf(engineStore.getState(), part))).toEqual([null, 'gone', null]);
  });

  it('is offered a tiny autoencoder only where its latents are such', async () => {
    const takes = (value: boolean) => () =>
      Promise.resolve({ ok: true as const, value: { ...summary, takesTinyAutoencoder: value } });
    const state = engineStore.getState;
    expect(takesTiny(state())).toBe(false);
    const source = { kind: 'url', baseUrl: 'https://example.org/m/' } as const;
    for (const value of [true, false]) {
      engineStore.setState({ choice: { ...firstChoice, source }, model: { kind: 'none' } });
      expect(takesTiny(state())).toBe(true);
      await ensureModel(fakeEngine(gpu, takes(value)));
      expect(takesTiny(state())).toBe(value);
    }
    engineStore.setState({ choice: { ...firstChoice, source, tinyAutoencoder: { kind: 'from', source, path: null } } });
    expect(takesTiny(state())).toBe(true);
  });

  it('knows which stored checkpoint it reads from', async () => {
    await ensureModel(fakeEngine(gpu, succeed));
    expect(usesStored(engineStore.getState(), 'embedded')).toBe(true);
    expect(usesStored(engineStore.getState(), 'hub:https://hub.example.org/a/b@1')).toBe(false);
    forgetModel();
    expect(usesStored(engineStore.getState(), 'embedded')).toBe(false);
  });

  it('fails with the reason where the machine cannot be looked at', async () => {
    const engine = {
      ...fakeEngine(gpu, succeed),
      probe: () => Promise.resolve({ ok: false as const, error: { code: 'internal' as const, message: 'no worker' } }),
    };
    expect(await ensureModel(engine)).toMatchObject({ ok: false, error: { message: 'no worker' } });
    expect(engineStore.getState().model.kind).toBe('failed');
  });

  it('runs where the person said, else on WebGPU where there is one', () => {
    const { choice } = engineStore.getState();
    expect(providerOf({ device: gpu, choice })).toBe('webgpu');
    expect(providerOf({ device: noGpu, choice })).toBeNull();
    const imitated = { ...gpu, webgpu: { adapter: 'x', shaderF16: false, software: true, maxBufferSize: 1 } };
    expect(providerOf({ device: imitated, choice })).toBe('wasm');
    expect(providerOf({ device: imitated, choice: { ...choice, provider: 'webgpu' } })).toBe('webgpu');
    expect(providerOf({ device: gpu, choice: { ...choice, provider: 'wasm' } })).toBe('wasm');
  });
});
