import { expect, it } from 'vitest';

import type { GenerateEvent, GenerateRequest, Pixels } from '../../api.ts';
import { nodeBackend } from '../../testing/gpu/node-backend.ts';
import {
  numberedPicture,
  openReferenceEngine,
  pinOn,
  plainRequest,
  value,
} from '../../testing/runs/reference-engine.ts';
import type { Engine } from './engine.ts';

const request: GenerateRequest = {
  ...plainRequest,
  caption: 'a dog',
  width: 64,
  height: 64,
  steps: 2,
  alpha: 0.5,
  pins: [pinOn(1, [{ kind: 'picture', image: numberedPicture(0), hash: 'dog', region: null }])],
};

async function pictureOf(engine: Engine): Promise<Pixels> {
  const events: GenerateEvent[] = [];
  value(await engine.generate(request, (event) => events.push(event)));
  const [pixels] = events.flatMap((event) => (event.type === 'picture' ? [event.picture.pixels] : []));
  if (pixels === undefined) throw new RangeError('No picture was made.');
  return pixels;
}

it('a warmed model opens no session for its first picture, which is the same bit for bit', async () => {
  const expected = await pictureOf(await openReferenceEngine('sd15'));

  const { ort } = await nodeBackend('wasm');
  const engine = await openReferenceEngine('sd15');
  await engine.warm();
  const create = ort.InferenceSession.create.bind(ort.InferenceSession) as (...given: unknown[]) => Promise<unknown>;
  let sessions = 0;
  Object.assign(ort.InferenceSession, {
    create: (...given: unknown[]) => {
      sessions += 1;
      return create(...given);
    },
  });
  const picture = await pictureOf(engine);
  Object.assign(ort.InferenceSession, { create });
  expect(picture).toEqual(expected);
  expect(sessions).toBe(0);
});

it('whoever asks for a picture while the model is warmed gets it', async () => {
  const engine = await openReferenceEngine('sd15');
  const warming = engine.warm();
  const picture = pictureOf(engine);
  await warming;
  expect((await picture).width).toBe(64);
});

it('nothing is warmed while a picture forms, which is not ended for it', async () => {
  const engine = await openReferenceEngine('sd15');
  const picture = pictureOf(engine);
  await engine.warm();
  expect((await picture).width).toBe(64);
});
