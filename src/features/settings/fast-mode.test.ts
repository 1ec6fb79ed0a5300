import { beforeEach, describe, expect, it } from 'vitest';
import type { LoadProgress } from '../../../workers/api.ts';
import { summary } from '../models/loading/load-fixture.ts';
import { engineStore } from '../models/loading/engine-store.ts';
import { fewStepLoras, type FewStepLora } from '../models/known/few-step-loras.ts';
import { firstChoice } from '../models/choice/model-choice.ts';
import { canBeFast, fastLora, fetchedLora, switchFastOff, switchFastOn } from './fast-mode.ts';
import { defaultSettings, settingsStore } from './settings.ts';

const [tcd, lcm] = fewStepLoras as readonly [FewStepLora, FewStepLora];
const source = { kind: 'hub', repo: 'a/b', revision: 'main', endpoint: 'https://hub.example' } as const;
const own = { id: 'own', name: 'watercolour.safetensors', size: 1, weight: 0.8 };

function fakeEngine() {
  const asked: string[] = [];
  return {
    asked,
    isOffline: false,
    terminations: 0,
    fetchFile(file: FewStepLora['file'], onProgress: (progress: LoadProgress) => void) {
      asked.push(file.repo);
      if (this.isOffline)
        return Promise.resolve({ ok: false as const, error: { code: 'network' as const, message: 'Offline.' } });
      onProgress({ phase: 'download', file: file.path, bytes: 1, totalBytes: 1 });
      return Promise.resolve({ ok: true as const, value: new Blob(['x']) });
    },
    terminate() {
      this.terminations += 1;
    },
  };
}

const lorasInUse = (): string[] =>
  engineStore
    .getState()
    .choice.loras.filter(({ weight }) => weight !== 0)
    .map(({ name }) => name);
const ignore = (): void => undefined;

beforeEach(() => {
  switchFastOff(fakeEngine());
  engineStore.setState({ choice: { ...firstChoice, source, loras: [own] }, model: { kind: 'none' } });
  settingsStore.setState({ ...defaultSettings, steps: 30, guidanceScale: 6, reuseInterval: 3 });
});

describe('Fast', () => {
  it('fetches its LoRA and sets what goes with it', async () => {
    const engine = fakeEngine();
    const bytes: number[] = [];
    await switchFastOn(engine, tcd, (progress) => bytes.push(progress.bytes));
    expect(engine.asked).toEqual(['h1t/TCD-SD15-LoRA']);
    expect(bytes).toEqual([1]);
    expect(lorasInUse()).toEqual([own.name, tcd.fileName]);
    expect(settingsStore.getState()).toMatchObject({ ...tcd.settings, reuseInterval: 1 });
    expect(fastLora(engineStore.getState().choice.loras, settingsStore.getState())).toBe(tcd);
  });

  it('gives all back when it is undone, and keeps what it fetched', async () => {
    const engine = fakeEngine();
    const before = settingsStore.getState();
    const switched = await switchFastOn(engine, lcm, ignore);
    if (!switched.ok) throw new Error(switched.error.message);
    switched.value();
    expect(settingsStore.getState()).toEqual(before);
    expect(lorasInUse()).toEqual([own.name]);
    expect(fetchedLora(engineStore.getState().choice.loras)).toBe(lcm);
    await switchFastOn(engine, lcm, ignore);
    expect(engine.asked).toHaveLength(1);
    expect(lorasInUse()).toEqual([own.name, lcm.fileName]);
  });

  it('takes one of the two at a time', async () => {
    const engine = fakeEngine();
    await switchFastOn(engine, tcd, ignore);
    await switchFastOn(engine, lcm, ignore);
    expect(lorasInUse()).toEqual([own.name, lcm.fileName]);
    switchFastOff(engine);
    expect(settingsStore.getState()).toMatchObject({ scheduler: 'ddim', steps: 30, guidanceScale: 6 });
  });

  it('changes nothing where the file cannot be had', async () => {
    const engine = Object.assign(fakeEngine(), { isOffline: true });
    const before = settingsStore.getState();
    expect(await switchFastOn(engine, tcd, ignore)).toMatchObject({ ok: false, error: { message: 'Offline.' } });
    expect(settingsStore.getState()).toEqual(before);
    expect(engineStore.getState().choice.loras).toEqual([own]);
    expect(engine.terminations).toBe(0);
  });

  it('that an earlier visit switched on goes back to the defaults', () => {
    const fetched = { id: 'tcd', name: tcd.fileName, size: 1, weight: 1 };
    engineStore.setState({ choice: { ...firstChoice, source, loras: [fetched] } });
    settingsStore.setState({ ...defaultSettings, ...tcd.settings });
    switchFastOff(fakeEngine());
    expect(lorasInUse()).toEqual([]);
    expect(settingsStore.getState()).toEqual(defaultSettings);
  });

  it.each([
    [source, 768, true],
    [source, 1024, false],
    [firstChoice.source, 768, false],
  ])('is offered for Stable Diffusion 1.x alone: %o with words of %i numbers', (from, embeddingDimension, expected) => {
    const model = { kind: 'ready', summary: { ...summary, embeddingDimension } } as const;
    expect(canBeFast({ choice: { ...firstChoice, source: from }, model })).toBe(expected);
  });
});
