import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DeviceReport, LoadModelRequest, LoadProgress, ModelSummary, Result } from '../../../../workers/api.ts';
import { chooseModel } from './choose-model.ts';
import { engineStore, forgetModel } from './engine-store.ts';
import { fakeEngine, freshLoad, gpu, noGpu, succeed } from './load-fixture.ts';
import { ensureModel } from './load-model.ts';
import { lacksWebGpu } from './model-abilities.ts';

beforeEach(() => {
  vi.stubGlobal('navigator', {});
  freshLoad();
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

  it('fails with the reason where the machine cannot be looked at', async () => {
    const engine = {
      ...fakeEngine(gpu, succeed),
      probe: () => Promise.resolve({ ok: false as const, error: { code: 'internal' as const, message: 'no worker' } }),
    };
    expect(await ensureModel(engine)).toMatchObject({ ok: false, error: { message: 'no worker' } });
    expect(engineStore.getState().model.kind).toBe('failed');
  });
});
