import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { EngineApi, LoadModelRequest } from '../../../../workers/api.ts';
import { summary } from './load-fixture.ts';
import { engineStore } from './engine-store.ts';
import { ensureModel, weighLorasFor } from './load-model.ts';
import { keepFile } from '../choice/file-shelf.ts';
import { firstChoice } from '../choice/model-choice.ts';

function newEngine() {
  const requests: LoadModelRequest[] = [];
  const probe: EngineApi['probe'] = () =>
    Promise.resolve({
      ok: true,
      value: {
        webgpu: { adapter: 'x', shaderF16: false, software: false, maxBufferSize: 1 },
        reason: null,
        storage: null,
      },
    });
  const loadModel: EngineApi['loadModel'] = (request) => {
    requests.push(request);
    return Promise.resolve({ ok: true, value: summary });
  };
  return { requests, probe, loadModel, terminate: () => undefined };
}

describe('weights of LoRA files that a comparison wants', () => {
  const ink = { id: 'ink', name: 'ink.safetensors', size: 3, weight: 1 };
  const choice = { ...firstChoice, source: { kind: 'url', baseUrl: 'https://example.org/m/' }, loras: [ink] } as const;
  const loraWeights = (engine: ReturnType<typeof newEngine>) =>
    engine.requests.map(({ loras }) => loras.map(({ weight }) => weight));

  beforeEach(async () => {
    vi.stubGlobal('navigator', {});
    const kept = await keepFile(new Blob(['ink']), ink.name);
    engineStore.setState({
      device: null,
      choice: { ...choice, loras: [{ ...kept, weight: 1 }] },
      settled: null,
      model: { kind: 'none' },
      loraWeights: null,
    });
  });
  const id = () => engineStore.getState().choice.loras[0]?.id ?? '';

  it('load the model with them, and later with what is chosen, which stays as it is', async () => {
    const engine = newEngine();
    const terminate = vi.spyOn(engine, 'terminate');
    await ensureModel(engine);
    for (const weights of [{ [id()]: 0.25 }, { [id()]: 0.25 }, { [id()]: 0 }, null]) {
      await weighLorasFor(weights);
      await ensureModel(engine);
    }
    expect(loraWeights(engine)).toEqual([[1], [0.25], [], [1]]);
    expect(engineStore.getState().choice.loras[0]?.weight).toBe(1);
    expect(terminate).not.toHaveBeenCalled();
  });

  it('wait for a load that has begun with others', async () => {
    const engine = newEngine();
    const first = ensureModel(engine);
    await weighLorasFor({ [id()]: 0.5 });
    await first;
    await ensureModel(engine);
    expect(loraWeights(engine)).toEqual([[1], [0.5]]);
  });

  it('of a file that was taken away meanwhile are an error, not a picture without it', async () => {
    const engine = newEngine();
    await weighLorasFor({ gone: 0.5 });
    expect(await ensureModel(engine)).toMatchObject({ ok: false, error: { code: 'file-not-found' } });
    expect(engine.requests).toEqual([]);
  });
});
