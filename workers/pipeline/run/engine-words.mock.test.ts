import { describe, expect, it, vi } from 'vitest';

import { plainRequest, referenceRequest } from '../../testing/runs/reference-engine.ts';
import { Engine } from './engine.ts';

/** What the engine calls, in place of what computes. */
const calls: string[] = [];
let finishWords: (words: readonly (Float32Array | null)[]) => void = () => undefined;

vi.mock('../loading/load-model.ts', () => ({ loadModel: () => Promise.resolve({ model: { summary: {} } }) }));
vi.mock('../loading/open-look.ts', () => ({ openLook: () => Promise.resolve(null) }));
vi.mock('../model/open-sessions.ts', () => ({ openSessions: () => Promise.resolve() }));
vi.mock('./export-embedding.ts', () => ({
  exportEmbedding: () => Promise.resolve(new Blob()),
  pseudoWords: () => {
    calls.push('words');
    return new Promise((resolve) => (finishWords = resolve));
  },
}));
vi.mock('./generate.ts', () => ({
  generatePictures: (_: unknown, __: unknown, control: { readonly cancelled: boolean }) => {
    calls.push(control.cancelled ? 'cancelled picture' : 'picture');
    return Promise.resolve({});
  },
}));

const nothing = (): Promise<never> => Promise.resolve(undefined as never);

async function loaded(): Promise<Engine> {
  calls.length = 0;
  const engine = new Engine({
    openBackend: nothing,
    openCheckpoint: nothing,
    openWeightLoader: nothing,
    lookStore: null,
    decodeImage: nothing,
  });
  await engine.loadModel(
    { ...referenceRequest('sd15', 'wasm'), source: { kind: 'embedded' } },
    () => undefined,
    () => true,
  );
  return engine;
}

const generate = (engine: Engine) =>
  engine.generate({ ...plainRequest, caption: 'a dog', width: 64, height: 64 }, () => undefined);

describe('while the map’s pictures are read', () => {
  it('a picture that is asked for waits for the few that are being read, and is made', async () => {
    const engine = await loaded();
    const words = engine.pseudoWords([]);
    const picture = generate(engine);
    await vi.waitFor(() => {
      expect(calls).toEqual(['words']);
    });
    finishWords([null]);
    expect(await words).toEqual({ ok: true, value: [null] });
    expect(await picture).toMatchObject({ ok: true });
    expect(calls).toEqual(['words', 'picture']);
  });

  it('a picture that is cancelled while it waits is not made', async () => {
    const engine = await loaded();
    const words = engine.pseudoWords([]);
    const picture = generate(engine);
    await engine.cancel();
    finishWords([]);
    await Promise.all([words, picture]);
    expect(calls).toEqual(['words', 'cancelled picture']);
  });

  it('more of the map is refused: it asks again by itself', async () => {
    const engine = await loaded();
    void engine.pseudoWords([]);
    expect(await engine.pseudoWords([])).toMatchObject({ ok: false, error: { code: 'busy' } });
    finishWords([]);
  });
});
