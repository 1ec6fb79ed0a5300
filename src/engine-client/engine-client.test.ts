import { afterEach, describe, expect, it } from 'vitest';
import {
  ownParts,
  type LoadModelRequest,
  type LoadProgress,
  type ModelSummary,
  type Result,
} from '../../workers/api.ts';
import { engineClient } from './engine-client.ts';
import { closeFakeWorkers, fakeWorker } from './fake-worker.ts';

afterEach(closeFakeWorkers);

const request: LoadModelRequest = {
  source: { kind: 'embedded' },
  provider: 'wasm',
  ...ownParts,
  keep: false,
  plan: {},
};

const never = { generate: () => new Promise(() => undefined), tokenize: () => new Promise(() => undefined) };

describe('the engine client', () => {
  it('passes results through and calls back with progress', async () => {
    const { worker } = fakeWorker({
      loadModel: async (_: LoadModelRequest, onProgress: (progress: LoadProgress) => Promise<void>) => {
        await onProgress({ phase: 'download', file: 'unet', bytes: 1, totalBytes: 2 });
        return { ok: false, error: { code: 'http-status', message: 'The server answered 404.' } };
      },
    });
    const seen: LoadProgress[] = [];
    const result = await engineClient(() => worker).loadModel(
      request,
      (progress) => seen.push(progress),
      () => true,
    );
    expect(seen).toEqual([{ phase: 'download', file: 'unet', bytes: 1, totalBytes: 2 }]);
    expect(result).toEqual({ ok: false, error: { code: 'http-status', message: 'The server answered 404.' } });
  });

  it('settles every pending call when the worker dies, and starts a fresh one at the next call', async () => {
    const first = fakeWorker(never);
    const second = fakeWorker({ tokenize: () => ({ ok: true, value: { words: [], tokenCount: 2, limit: 77 } }) });
    const spawned = [first.worker, second.worker];
    const client = engineClient(() => spawned.shift() ?? first.worker);
    let ends = 0;
    client.onEnd(() => (ends += 1));
    const pending = [client.tokenize('a', [], false), client.tokenize('b', [], false)];
    first.fail();
    for (const result of await Promise.all(pending))
      expect(result).toMatchObject({ ok: false, error: { code: 'internal' } });
    expect(first.terminated()).toBe(true);
    expect(ends).toBe(1);
    expect(await client.tokenize('c', [], false)).toMatchObject({ ok: true });
  });

  it('ends pending calls with the given error when it is told to terminate', async () => {
    const { worker, terminated } = fakeWorker(never);
    const client = engineClient(() => worker);
    expect(client.isIdle()).toBe(true);
    const pending = client.tokenize('a', [], false);
    expect(client.isIdle()).toBe(false);
    client.terminate({ code: 'cancelled', message: 'Stopped.' });
    expect(await pending).toEqual({ ok: false, error: { code: 'cancelled', message: 'Stopped.' } });
    expect(client.isIdle()).toBe(true);
    expect(terminated()).toBe(true);
  });

  it('ends the worker that lost its GPU, and starts a fresh one at the next call', async () => {
    const lost = { ok: false, error: { code: 'device-lost', message: 'The GPU was taken away.' } } as const;
    const first = fakeWorker({ ...never, loadModel: () => lost });
    const second = fakeWorker({ tokenize: () => ({ ok: true, value: { words: [], tokenCount: 2, limit: 77 } }) });
    const spawned = [first.worker, second.worker];
    const client = engineClient(() => spawned.shift() ?? first.worker);
    let ends = 0;
    client.onEnd(() => (ends += 1));
    const pending = client.tokenize('a', [], false);
    expect(
      await client.loadModel(
        request,
        () => undefined,
        () => true,
      ),
    ).toEqual(lost);
    expect(await pending).toEqual(lost);
    expect([first.terminated(), ends]).toEqual([true, 1]);
    expect(await client.tokenize('b', [], false)).toMatchObject({ ok: true });
  });

  it('turns what the worker throws into an error with words of ours', async () => {
    const { worker } = fakeWorker({
      probe: (): Result<ModelSummary> => {
        throw new Error('adapter went away');
      },
    });
    expect(await engineClient(() => worker).probe()).toMatchObject({
      ok: false,
      error: {
        code: 'internal',
        message: expect.not.stringContaining('adapter went away') as string,
        details: expect.stringContaining('adapter went away') as string,
      },
    });
  });

  it('starts no worker for a call that needs none', async () => {
    let spawned = 0;
    const client = engineClient(() => {
      spawned += 1;
      return fakeWorker({}).worker;
    });
    await client.cancel();
    client.terminate({ code: 'cancelled', message: '' });
    expect(spawned).toBe(0);
  });
});
