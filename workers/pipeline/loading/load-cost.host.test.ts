import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import type { Consent, LoadCost } from '../../api.ts';
import { referenceRequest } from '../../testing/runs/reference-engine.ts';
import { folderFiles, referenceData } from '../../testing/reference/folder-files.ts';
import { nodeBackend } from '../../testing/gpu/node-backend.ts';
import { materialize } from '../../weights/convert/materialize.ts';
import { memorySink } from '../../weights/convert/weight-sink.ts';
import { layoutCheckpoint } from './checkpoint.ts';
import { Engine } from '../run/engine.ts';

const request = referenceRequest('sd15', 'wasm');

/** An engine that counts the files that it brings, of which this many bytes are said to be missing. */
function countingEngine(missing: number): { engine: Engine; brought: string[] } {
  const brought: string[] = [];
  const engine = new Engine({
    openBackend: nodeBackend,
    openCheckpoint: async () => layoutCheckpoint(await folderFiles(join(referenceData, 'sd15'))),
    openWeightLoader: () =>
      Promise.resolve({
        begin: () => Promise.resolve(),
        missingBytes: () => Promise.resolve(missing),
        ensureRoom: () => Promise.resolve(),
        load: (wanted) => {
          brought.push(wanted.source.name);
          return materialize(wanted, memorySink);
        },
        notice: () => Promise.resolve(null),
      }),
    lookStore: null,
    decodeImage: () => Promise.reject(new Error('no picture')),
  });
  return { engine, brought };
}

const load = (engine: Engine, consent: Consent): ReturnType<Engine['loadModel']> =>
  engine.loadModel(request, () => undefined, consent);

describe('what a model costs', () => {
  it('is told before the first weight is fetched', async () => {
    const { engine, brought } = countingEngine(1234);
    const asked: LoadCost[] = [];
    const result = await load(engine, (cost) => {
      expect(brought).toEqual([]);
      asked.push(cost);
      return true;
    });
    expect(result.ok).toBe(true);
    expect(asked).toEqual([
      {
        downloadBytes: 1234,
        plan: expect.stringContaining('32-bit') as string,
        predictedBytes: expect.any(Number) as number,
        budgetBytes: null,
      },
    ]);
    expect(brought).toContain('unet/diffusion_pytorch_model.safetensors');
  });

  it('is refused before anything is asked or fetched where a browser would close the page', async () => {
    const { engine, brought } = countingEngine(1234);
    const refused = await engine.loadModel(
      { ...request, memoryLimit: 1e6 },
      () => undefined,
      () => Promise.reject(new Error('asked')),
    );
    expect(refused).toMatchObject({
      ok: false,
      error: { code: 'too-large-for-browser', message: expect.stringMatching(/closes a page .* 1\.0 MB/u) as string },
    });
    expect(brought).toEqual([]);
  });

  it('is not spent where the person says no', async () => {
    const { engine, brought } = countingEngine(1234);
    expect(await load(engine, () => Promise.resolve(false))).toMatchObject({ ok: false, error: { code: 'cancelled' } });
    expect(brought).toEqual([]);
  });

  it('is a question that a stopped load does not wait for', async () => {
    const { engine, brought } = countingEngine(1234);
    const stopped = load(engine, () => {
      void engine.cancel();
      return new Promise(() => undefined);
    });
    expect(await stopped).toMatchObject({ ok: false, error: { code: 'cancelled' } });
    expect(brought).toEqual([]);
  });
});
