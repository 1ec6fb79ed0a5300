import { describe, expect, it } from 'vitest';

import { plainRequest, referenceRequest } from '../../testing/runs/reference-engine.ts';
import { Engine } from './engine.ts';
import type { EnginePlatform } from './platform.ts';

const never = (): Promise<never> => new Promise(() => undefined);
const environment: EnginePlatform = {
  openBackend: never,
  openCheckpoint: never,
  openWeightLoader: never,
  lookStore: null,
  decodeImage: never,
};

const load = (engine: Engine): Promise<unknown> =>
  engine.loadModel(
    { ...referenceRequest('sd15', 'wasm'), source: { kind: 'embedded' } },
    () => undefined,
    () => true,
  );
const generate = (engine: Engine): Promise<unknown> =>
  engine.generate({ ...plainRequest, caption: 'a dog', width: 64, height: 64 }, () => undefined);
const exportOne = (engine: Engine): Promise<unknown> => engine.exportEmbedding([], '<dog>');

describe('one task at a time: the next is refused with what stands in its way', () => {
  it.each([
    ['a load', load, generate, 'A model is still being loaded. Wait for it or stop it.'],
    ['a run', generate, exportOne, 'Another picture is still being made. Wait for it or cancel it.'],
    ['an export', exportOne, generate, 'An embedding is still being made of your pictures. Try again in a moment.'],
  ])('%s', async (_, first, second, message) => {
    const engine = new Engine(environment);
    void first(engine);
    expect(await second(engine)).toEqual({ ok: false, error: { code: 'busy', message } });
  });
});
