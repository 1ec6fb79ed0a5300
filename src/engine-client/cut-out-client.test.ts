import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { patience, type CutOutProgress, type CutOutRequest } from '../../workers/api.ts';
import { cutOutClient } from './cut-out-client.ts';
import { closeFakeWorkers, fakeWorker } from './fake-worker.ts';

const request: CutOutRequest = { image: new Blob(), hash: 'a', network: 'picturebook', points: [], mayDownload: false };
const refused = { ok: false, error: { code: 'nothing-to-cut-out', message: 'Nothing.' } } as const;
const silent = () => new Promise<never>(() => undefined);
const ignore = (): void => undefined;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
  closeFakeWorkers();
});

describe('the worker that cuts out', () => {
  it('starts at the first call, answers several, and ends once nothing is asked of it', async () => {
    const { worker, terminated } = fakeWorker({
      cutOut: async (_: CutOutRequest, onProgress: (progress: CutOutProgress) => Promise<void>) => {
        await onProgress({ phase: 'look' });
        return refused;
      },
    });
    const spawn = vi.fn(() => worker);
    const client = cutOutClient(spawn);
    expect(spawn).not.toHaveBeenCalled();
    const told: CutOutProgress[] = [];
    expect(await client.cutOut(request, (progress) => told.push(progress))).toEqual(refused);
    expect(await client.cutOut(request, (progress) => told.push(progress))).toEqual(refused);
    expect(told).toEqual([{ phase: 'look' }, { phase: 'look' }]);
    expect(spawn).toHaveBeenCalledTimes(1);
    expect(terminated()).toBe(false);
    vi.advanceTimersByTime(60_000);
    expect(terminated()).toBe(true);
    await Promise.race([client.cutOut(request, ignore), Promise.resolve()]);
    expect(spawn).toHaveBeenCalledTimes(2);
  });

  it('that gives no sign of life is ended with a sentence', async () => {
    const { worker, terminated } = fakeWorker({ cutOut: silent });
    const answer = cutOutClient(() => worker).cutOut(request, ignore);
    vi.advanceTimersByTime(patience.cutOut - 1);
    expect(terminated()).toBe(false);
    vi.advanceTimersByTime(1);
    expect(await answer).toMatchObject({
      ok: false,
      error: { code: 'internal', message: expect.stringContaining('too long') as string },
    });
    expect(terminated()).toBe(true);
  });

  it('that is stopped ends as cancelled', async () => {
    const { worker } = fakeWorker({ cutOut: silent });
    const client = cutOutClient(() => worker);
    const answer = client.cutOut(request, ignore);
    client.stop();
    expect(await answer).toMatchObject({ ok: false, error: { code: 'cancelled' } });
  });

  it('that dies says so, and another one answers the next call', async () => {
    const first = fakeWorker({ cutOut: silent });
    const second = fakeWorker({ cutOut: () => Promise.resolve(refused) });
    const workers = [first.worker, second.worker];
    const client = cutOutClient(() => workers.shift() ?? second.worker);
    const answer = client.cutOut(request, ignore);
    first.fail();
    expect(await answer).toMatchObject({
      ok: false,
      error: { code: 'internal', message: expect.stringContaining('unexpectedly') as string },
    });
    expect(await client.cutOut(request, ignore)).toEqual(refused);
  });
});
