import type { InferenceSession } from 'onnxruntime-web';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';

import type { GenerateEvent, GenerateRequest, LoadModelRequest, Result } from '../../api.ts';
import { DeviceLoss } from '../../runtime/device-loss.ts';
import type { Ort } from '../../runtime/onnx-runtime.ts';
import type { Backend } from '../../runtime/sessions.ts';
import { nodeBackend } from '../../testing/gpu/node-backend.ts';
import {
  numberedPicture,
  pinOn,
  plainRequest,
  referenceEngine,
  referenceRequest,
} from '../../testing/runs/reference-engine.ts';
import type { Engine } from './engine.ts';

const request: GenerateRequest = {
  ...plainRequest,
  caption: 'a dog',
  width: 64,
  height: 64,
  steps: 2,
  alpha: 0.5,
  checkResult: true,
  pins: [pinOn(1, [{ kind: 'picture', image: numberedPicture(0), hash: '0', region: null }])],
};
const loadRequest: LoadModelRequest = referenceRequest('sd15', 'webgpu');
const lost = { ok: false, error: { code: 'device-lost', message: expect.stringContaining('Generate') as string } };

/** What the runtime has begun and not ended: a lost device is told before, and another model must not come in between. */
function underway(ort: Ort): () => Promise<unknown> {
  const begun = new Set<Promise<unknown>>();
  const follow = <T>(task: Promise<T>): Promise<T> => {
    begun.add(task);
    return task;
  };
  const { InferenceSession: sessions } = ort;
  const create = sessions.create.bind(sessions) as (...given: unknown[]) => Promise<InferenceSession>;
  const followed = async (...given: unknown[]): Promise<InferenceSession> => {
    const session = await follow(create(...given));
    const run = session.run.bind(session) as (...fed: unknown[]) => ReturnType<InferenceSession['run']>;
    session.run = (...fed: unknown[]) => follow(run(...fed));
    return session;
  };
  Object.assign(sessions, { create: followed });
  return () => Promise.allSettled(begun);
}

/**
 * The device goes on, so that one process can lose it often; what the engine is told is what a browser tells it. ONNX
 * Runtime stays with its first device, so in the page another worker comes after each loss.
 */
describe('a device that is lost again and again', () => {
  let real: Backend;
  let lose: () => void = () => undefined;
  let engine: Engine;
  let ended: () => Promise<unknown>;

  beforeAll(async () => {
    real = await nodeBackend('webgpu');
    ended = underway(real.ort);
    const openBackend = (): Promise<Backend> => {
      if (real.gpu === null) throw new RangeError('There is no GPU.');
      const gone = new Promise<undefined>((resolve) => {
        lose = () => {
          resolve(undefined);
        };
      });
      return Promise.resolve({ ...real, gpu: { ...real.gpu, loss: new DeviceLoss({ lost: gone }) } });
    };
    engine = await referenceEngine('sd15', { openBackend });
  });

  afterEach(() => ended());

  const load = (loseAt?: string): Promise<Result<unknown>> =>
    engine.loadModel(
      loadRequest,
      ({ phase }) => {
        if (phase === loseAt) lose();
      },
      () => true,
    );
  const generate = (onEvent: (event: GenerateEvent) => void): Promise<Result<unknown>> =>
    engine.generate(request, onEvent);

  it.each(['encode-subjects', 'encode-text', 'denoise', 'decode'])(
    'is told in the phase “%s”, gives no picture then, and the next load makes one',
    async (phase) => {
      expect(await load()).toMatchObject({ ok: true });
      const seen: string[] = [];
      const result = await generate((event) => {
        seen.push(event.type === 'phase' ? event.phase : event.type);
        if (event.type === 'phase' && event.phase === phase) lose();
      });
      expect(result).toMatchObject(lost);
      expect(seen).toContain(phase);
      expect(seen).not.toContain('picture');
      expect(await generate(() => undefined)).toMatchObject(lost);
    },
  );

  it('takes no finished picture along, only its check', async () => {
    expect(await load()).toMatchObject({ ok: true });
    const pictures: unknown[] = [];
    await generate((event) => {
      if (event.type === 'phase' && event.phase === 'check') lose();
      if (event.type === 'picture') pictures.push(event.picture.flagged);
    });
    expect(pictures).toEqual([null]);
    expect(await generate(() => undefined)).toMatchObject(lost);
  });

  it('is told while sessions open, and the next load makes a picture', async () => {
    for (let time = 0; time < 2; time++) {
      expect(await load('prepare')).toMatchObject(lost);
      await ended();
    }
    expect(await load()).toMatchObject({ ok: true });
    const pictures: number[] = [];
    const result = await generate((event) => {
      if (event.type === 'picture') pictures.push(event.picture.index);
    });
    expect(result).toMatchObject({ ok: true });
    expect(pictures).toEqual([0]);
  });
});
