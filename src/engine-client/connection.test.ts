import { describe, expect, it } from 'vitest';
import { answerOf, connect } from './connection.ts';

const died = { code: 'internal', message: 'The engine stopped.' } as const;

function connection() {
  const { port1 } = new MessageChannel();
  const worker = {
    postMessage: port1.postMessage.bind(port1),
    addEventListener: port1.addEventListener.bind(port1),
    removeEventListener: port1.removeEventListener.bind(port1),
    terminate: () => {
      port1.close();
    },
  };
  return connect(() => worker, { onDeath: () => undefined, onSilence: () => undefined });
}

describe('a call to the worker', () => {
  it('leaves nothing behind once it is settled: an answer can be a file of 56 MB', async () => {
    const worker = connection();
    const pending = answerOf(worker, Promise.resolve('answer'));
    expect(worker.waiting.size).toBe(1);
    expect(await pending).toBe('answer');
    await expect(answerOf(worker, Promise.reject(new Error('thrown')))).rejects.toThrow('thrown');
    expect(worker.waiting.size).toBe(0);
    worker.kill(died);
  });

  it('that has no answer yet is told what ended the worker', async () => {
    const worker = connection();
    const pending = [1, 2].map(() => answerOf(worker, new Promise(() => undefined)));
    worker.kill(died);
    expect(await Promise.all(pending)).toEqual([
      { ok: false, error: died },
      { ok: false, error: died },
    ]);
    expect(worker.waiting.size).toBe(0);
  });
});
