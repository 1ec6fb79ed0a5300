import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { firstChoice } from '../choice/model-choice.ts';
import { engineStore, forgetModel } from './engine-store.ts';
import { fakeEngine, freshLoad, gpu, noGpu, succeed, summary } from './load-fixture.ts';
import { ensureModel } from './load-model.ts';
import { problemOf, providerOf, takesTiny, usesStored } from './model-abilities.ts';

beforeEach(() => {
  vi.stubGlobal('navigator', {});
  freshLoad();
});
afterEach(() => {
  vi.unstubAllGlobals();
});

describe('the model', () => {
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
