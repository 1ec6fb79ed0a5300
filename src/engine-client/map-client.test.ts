import { afterEach, expect, it } from 'vitest';
import { closeFakeWorkers, fakeWorker } from './fake-worker.ts';
import { mapClient } from './map-client.ts';

afterEach(closeFakeWorkers);

it('a map has a worker of its own, which ends with it', async () => {
  const answer = { ok: true, value: [{ x: 0, y: 1 }] };
  const { worker, terminated } = fakeWorker({ layout: () => answer });
  expect(await mapClient(() => worker).layout([new Float32Array(2)])).toEqual(answer);
  expect(terminated()).toBe(true);
});

it('a worker that dies is told in a sentence', async () => {
  const { worker, fail } = fakeWorker({ layout: () => new Promise(() => undefined) });
  const answer = mapClient(() => worker).layout([]);
  fail();
  expect(await answer).toMatchObject({ ok: false, error: { code: 'internal' } });
});
