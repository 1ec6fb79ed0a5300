import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { areYouThere } from '../../workers/api.ts';
import type { WorkerLike } from './connection.ts';
import { engineClient, type EngineClient } from './engine-client.ts';

/** A worker that is written to and says only what the test makes it say. */
class MuteWorker extends EventTarget implements WorkerLike {
  readonly received: unknown[] = [];
  terminations = 0;

  postMessage(message: unknown): void {
    this.received.push(message);
  }
  terminate(): void {
    this.terminations += 1;
  }
  say(data: unknown): void {
    this.dispatchEvent(new MessageEvent('message', { data }));
  }
  /** Answers the last call, as comlink does. */
  answer(value: unknown): void {
    const { id } = this.received.findLast((message) => message !== areYouThere) as { readonly id: string };
    this.say({ id, type: 'RAW', value });
  }
  get pings(): number {
    return this.received.filter((message) => message === areYouThere).length;
  }
}

const seconds = (count: number): Promise<unknown> => vi.advanceTimersByTimeAsync(count * 1000);
const words = { ok: true, value: { words: [], tokenCount: 2, limit: 77 } } as const;

let workers: MuteWorker[];
let client: EngineClient;
let said: boolean[];

beforeEach(() => {
  vi.useFakeTimers();
  workers = [];
  said = [];
  client = engineClient(() => {
    const worker = new MuteWorker();
    workers.push(worker);
    return worker;
  });
  client.onSilence((isSilent) => said.push(isSilent));
});

afterEach(() => {
  vi.useRealTimers();
});

describe('a worker that never speaks', () => {
  it('is said, then ended with a sentence, and the next call starts another that is heard', async () => {
    const first = client.probe();
    await seconds(44);
    expect(said).toEqual([]);
    await seconds(2);
    expect(said).toEqual([true]);
    await seconds(80);
    expect(await first).toMatchObject({
      ok: false,
      error: { code: 'engine-silent', message: expect.stringContaining('did not start within two minutes') as string },
    });
    expect(workers[0]?.terminations).toBe(1);
    expect(said).toEqual([true, false]);

    const second = client.tokenize('a', [], false);
    await seconds(1);
    workers[1]?.answer(words);
    expect(await second).toEqual(words);
  });

  it('ends every call that waits', async () => {
    const calls = [client.probe(), client.tokenize('a', [], false), client.storedModels()];
    await seconds(130);
    for (const result of await Promise.all(calls)) expect(result).toMatchObject({ error: { code: 'engine-silent' } });
  });
});

describe('a worker that has spoken', () => {
  it('may compute for minutes; when it speaks again, nothing is said any more', async () => {
    const call = client.tokenize('a', [], false);
    workers[0]?.say(areYouThere);
    await seconds(600);
    expect(said).toEqual([true]);
    expect(workers[0]?.terminations).toBe(0);
    workers[0]?.answer(words);
    expect(await call).toEqual(words);
    expect(said).toEqual([true, false]);
  });

  it('is ended after a quarter of an hour without a word', async () => {
    const call = client.tokenize('a', [], false);
    workers[0]?.say(areYouThere);
    await seconds(899);
    expect(workers[0]?.terminations).toBe(0);
    await seconds(6);
    expect(await call).toMatchObject({ error: { code: 'engine-silent' } });
  });

  it('is not silent while it answers that it is there, however long the call takes', async () => {
    const call = client.tokenize('a', [], false);
    for (let minute = 0; minute < 60; minute++) {
      await seconds(30);
      workers[0]?.say(areYouThere);
      await seconds(30);
      workers[0]?.say(areYouThere);
    }
    expect([said, workers[0]?.terminations]).toEqual([[], 0]);
    expect(workers[0]?.pings).toBeGreaterThan(600);
    workers[0]?.answer(words);
    expect(await call).toEqual(words);
  });

  it('is left in peace while nothing waits for it', async () => {
    const call = client.tokenize('a', [], false);
    workers[0]?.answer(words);
    await call;
    await seconds(3600);
    expect([said, workers[0]?.pings, workers[0]?.terminations]).toEqual([[], 0, 0]);
  });
});
